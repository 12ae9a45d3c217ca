// Inside of the cluster's network: asks the API server and us, and prints where the answers differ, in small cases.
// In: count and seed as arguments, KUBECONFIG. Out: a line for each difference; exit status 1 if one has no reason.

import type { Json } from '../manifests.ts'
import { reasonFor } from './known.mts'
import { asJson, mutations, originals, type Question } from './questions.mts'
import { connect, namespaceOf, type Server } from './server.mts'
import { shrink } from './shrink.mts'
import { type Difference, differenceOf } from './verdicts.mts'

/** Enough to work with; more of the same helps nobody. */
const MAX_SHOWN = 40

const [count = '2000', seed = '1'] = process.argv.slice(2)

interface Found {
  question: Question
  difference: Difference
}

const server = connect(process.env.KUBECONFIG ?? '')
const vendored = originals()
for (const name of new Set(vendored.map(q => namespaceOf(q.object)))) {
  // A name that is none is what an invalid example is about.
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) await server.createNamespace(name)
}
const questions = [...vendored, ...mutations(vendored, Number(count), Number(seed))]

let accepted = 0
const found: Found[] = []
await Promise.all(
  questions.map(async question => {
    const answer = await server.ask(question.text, question.object)
    if (answer.type === 'accepted') accepted++
    const difference = differenceOf(question, answer)
    if (difference) found.push({ question, difference })
  }),
)
console.log(`${questions.length} objects (${vendored.length} vendored), the cluster accepts ${accepted}`)

const reasons = new Map<string, number>()
const unexplained: Found[] = []
for (const each of found) {
  const reason = reasonFor(each.difference, each.question.object)
  if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  else unexplained.push(each)
}
for (const [reason, times] of [...reasons].sort()) console.log(`${times} as meant: ${reason}`)

const shown = new Set<string>()
for (const { question, difference } of unexplained) {
  const shape = shapeOf(difference)
  if (shown.has(shape) || shown.size >= MAX_SHOWN) continue
  shown.add(shape)
  const object = await shrink(question.object, smaller => showsSame(server, smaller, shape))
  console.log(JSON.stringify({ from: question.from, object, ...(await compared(server, object)) }))
}
console.log(`${unexplained.length} differences without a reason`)
process.exit(unexplained.length === 0 ? 0 : 1)

async function compared(to: Server, object: Json): Promise<Difference | undefined> {
  const question = asJson('', object)
  return differenceOf(question, await to.ask(question.text, object))
}

async function showsSame(to: Server, object: Json, shape: string): Promise<boolean> {
  const difference = await compared(to, object)
  return difference !== undefined && reasonFor(difference, object) === undefined && shapeOf(difference) === shape
}

/** A difference without names and numbers. */
function shapeOf({ type, ours, theirs }: Difference): string {
  const plain = (message: string): string => message.replace(/"(\\.|[^"\\])*"|\d+/g, '…').slice(0, 200)
  const only = (some: string[], others: string[]): string[] =>
    type === 'stored' ? [] : some.filter(m => !others.includes(m)).map(plain)
  return [type, ...new Set(only(ours, theirs)), '|', ...new Set(only(theirs, ours))].join('\n')
}
