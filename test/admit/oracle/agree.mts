// `npm run test:admission [count] [seed]`: asks the API server's own code about all upstream manifests and `count`
// mutations, and compares verdict and words with ours. Needs Go. With `--record` it writes data/answers.jsonl: of many
// mutations those that show something that no other has shown.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAdmission } from '../../../controller/admit/admit.ts'
import type { Channel } from '../../../controller/model/schemas.ts'
import { customObjects, type Json, mutate, randomOf } from '../manifests.ts'
import { ask } from './oracle.ts'

const [count = '2000', seed = '1'] = process.argv.slice(2).filter(a => !a.startsWith('--'))
const isRecording = process.argv.includes('--record')

const originals = customObjects()
const random = randomOf(Number(seed))
const mutations = Array.from({ length: Number(count) }, () =>
  mutate(originals[Math.floor(random() * originals.length)]!, random),
)
const objects = [...originals, ...mutations]

const ours = (object: Json, channel: Channel): string[] => {
  const admit = createAdmission({ channel, defaultNamespace: 'default' })
  const verdict = admit(structuredClone(object), () => undefined)
  return verdict.type === 'refused' ? verdict.faults.map(f => f.message).sort() : []
}

let differences = 0
for (const channel of ['standard', 'experimental'] as const) {
  const answers = ask(
    objects.map(object => ({ new: object })),
    channel,
  )
  let accepted = 0
  objects.forEach((object, i) => {
    const { known, messages } = answers[i]!
    if (!known) return
    if (messages.length === 0) accepted++
    const own = ours(object, channel)
    if (JSON.stringify(own) === JSON.stringify(messages)) return
    differences++
    console.log(JSON.stringify({ channel, object, ours: own, theirs: messages }))
  })
  const known = answers.filter(a => a.known).length
  console.log(`${channel}: ${known} objects, ${accepted} accepted, ${known - accepted} refused`)
  if (isRecording && channel === 'experimental')
    record(answers.map(({ messages }, i) => ({ object: objects[i]!, messages })))
}
console.log(`${differences} differences`)
process.exitCode = differences === 0 ? 0 : 1

/** Messages without names, numbers and values are what they show. */
function record(answers: { object: Json; messages: string[] }[]): void {
  const shown = new Set<string>()
  const chosen = answers.filter(({ object, messages }) => {
    const shapes = messages.map(m => `${String(object.kind)} ${m.replace(/\[\d+\]/g, '[]').replace(/".*?"|\d+/g, '…')}`)
    const isNew =
      shapes.some(shape => !shown.has(shape)) && messages.length <= 6 && JSON.stringify(object).length < 4000
    if (isNew) for (const shape of shapes) shown.add(shape)
    return isNew
  })
  const lines = chosen.map(({ object, messages }) => `${JSON.stringify({ object, messages })}\n`)
  writeFileSync(join(import.meta.dirname, '../data/answers.jsonl'), lines.join(''))
  console.log(`${chosen.length} answers recorded`)
}
