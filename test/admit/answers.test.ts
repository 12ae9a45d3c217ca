// What the API server's code has answered, once, to many broken objects: we say the same, word for word.
// `npm run test:admission` asks it again, about other objects.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { createAdmission } from '../../controller/admit/admit.ts'
import type { Json } from './manifests.ts'

const admit = createAdmission({ channel: 'experimental', defaultNamespace: 'default' })

const answers = readFileSync(join(import.meta.dirname, 'data/answers.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as { object: Json; messages: string[] })

describe('admission in the words of the API server', () => {
  it('has enough to compare with', () => {
    expect(answers.length).to.be.greaterThan(300)
  })

  for (const kind of new Set(answers.map(a => String(a.object.kind)))) {
    it(`says the same about every ${kind}`, () => {
      for (const { object, messages } of answers.filter(a => a.object.kind === kind)) {
        const verdict = admit(structuredClone(object), () => undefined)
        if (verdict.type !== 'refused') throw new Error(`not refused: ${JSON.stringify(object)}`)
        expect(verdict.faults.map(f => f.message).sort(), JSON.stringify(object)).to.deep.equal(messages)
      }
    })
  }
})
