// What the cluster and we are asked about: every vendored manifest, our own kinds, built-in kinds, and mutations of them.
// In: how many, a seed. Out: documents, each with one object in it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { itemsOf } from '../../../controller/admit/items.ts'
import { readDocument, splitDocuments } from '../../../controller/admit/yaml/document.ts'
import { toValue } from '../../../controller/admit/yaml/node.ts'
import { isObject, type Json, manifestFiles, mutate, randomOf, upstream } from '../manifests.ts'
import { experimental } from '../objects.ts'
import { BUILT_IN, FIELDS, WORDS } from './built-in.mts'

export interface Question {
  from: string
  /** As it is sent: the file's own YAML, or the JSON of a mutation. */
  text: string
  object: Json
}

/** Kinds that we ignore are not asked about. */
export const originals = (): Question[] => {
  const files = [...manifestFiles().map(file => join(upstream, file)), join(upstream, '../sluice.yaml')]
  const documents = files.flatMap(file =>
    splitDocuments(readFileSync(file, 'utf8')).map(({ text, line }) => ({ from: `${file}:${line}`, text })),
  )
  return [...documents.flatMap(questionOf), ...BUILT_IN.map(object => asJson('built-in', object))].filter(isOurs)
}

const questionOf = ({ from, text }: { from: string; text: string }): Question[] => {
  const read = readDocument(text)
  const object = read.ok && read.node ? toValue(read.node) : undefined
  return isObject(object) ? [{ from, text, object }] : []
}

export const asJson = (from: string, object: Json): Question => ({ from, text: JSON.stringify(object), object })

const isOurs = ({ text }: Question): boolean => {
  const [item] = itemsOf(text, experimental, () => undefined)
  return item?.type === 'object' || item?.type === 'refused'
}

/** Half of them of custom kinds, half of built-in ones; a few of their metadata, too. */
export const mutations = (from: readonly Question[], count: number, seed: number): Question[] => {
  const random = randomOf(seed)
  const builtIn = from.filter(q => !isCustom(q.object))
  const custom = from.filter(q => isCustom(q.object))
  return Array.from({ length: count }, (_, i) => {
    const group = i % 2 === 0 ? custom : builtIn
    const { object } = group[Math.floor(random() * group.length)]!
    const name = `mutation ${i} of seed ${seed}`
    if (group === custom && random() < 0.9) return asJson(name, mutate(object, random))
    return asJson(name, mutate(withNamespaceApart(object), random, { words: WORDS, fields: FIELDS, roots }))
  })
}

const isCustom = ({ apiVersion }: Json): boolean => /gateway\.networking|sluice\.dev/.test(String(apiVersion))

/** The namespace is in the request's path as well: another one is another question. */
const withNamespaceApart = (object: Json): Json => {
  const { namespace: _, ...metadata } = object.metadata as Json
  return { ...object, metadata }
}

const roots = (object: Json): string[] => Object.keys(object).filter(key => key !== 'apiVersion' && key !== 'kind')
