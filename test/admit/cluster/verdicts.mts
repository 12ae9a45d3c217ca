// Two verdicts on an object, ours and the cluster's, and whether they are the same.
// In: a question, the server's answer. Out: the difference, if there is one.
import { createAdmission } from '../../../controller/admit/admit.ts'
import { isObject, type Json } from '../manifests.ts'
import type { Question } from './questions.mts'
import type { Answer } from './server.mts'

export type DifferenceType = 'verdict' | 'words' | 'stored'

export interface Difference {
  type: DifferenceType
  ours: string[]
  theirs: string[]
}

const admit = createAdmission({ channel: 'experimental', defaultNamespace: 'default' })

export const differenceOf = ({ object }: Pick<Question, 'object'>, answer: Answer): Difference | undefined => {
  const verdict = admit(structuredClone(object), () => undefined)
  const refusals = verdict.type === 'refused' ? verdict.faults.map(f => f.message) : []
  const ours = [...new Set(refusals)].sort()
  if (answer.type === 'accepted') {
    if (verdict.type === 'refused') return { type: 'verdict', ours, theirs: [] }
    return verdict.type === 'admitted' && answer.object ? storedDifference(verdict.object, answer.object) : undefined
  }
  const theirs = answer.messages
  if (verdict.type !== 'refused') return { type: 'verdict', ours: [], theirs }
  // What Go's decoder says of a type names Go's types; a kind that is not there is no answer of a server at all.
  const isWordless = answer.where === 'kind' || (answer.where === 'decoding' && !theirs[0]?.startsWith('strict'))
  if (isWordless || theirs.join('\n') === ours.join('\n')) return undefined
  return { type: 'words', ours, theirs }
}

/** What we keep is what the server would store; it may add to objects of its own kinds. */
const storedDifference = (ours: object, theirs: Json): Difference | undefined => {
  const parts = ['spec', 'data', 'endpoints', 'ports', 'addressType', 'type', 'binaryData']
  const own = ours as Json
  const lost = parts.filter(part => own[part] !== undefined && !isPart(own[part], theirs[part]))
  if (lost.length === 0) return undefined
  const shown = (of: Json): string[] => lost.map(part => `${part}: ${JSON.stringify(of[part])}`)
  return { type: 'stored', ours: shown(own), theirs: shown(theirs) }
}

/** An empty list or map may be left out, or filled by default. */
const isPart = (part: unknown, whole: unknown): boolean => {
  if (Array.isArray(part)) {
    if (part.length === 0) return true
    return Array.isArray(whole) && part.length === whole.length && part.every((item, i) => isPart(item, whole[i]))
  }
  if (isObject(part)) {
    const other = isObject(whole) ? whole : {}
    return Object.keys(part).every(key => isPart(part[key], Object.hasOwn(other, key) ? other[key] : undefined))
  }
  return part === whole || ((part === null || part === '' || part === false || part === 0) && whole === undefined)
}
