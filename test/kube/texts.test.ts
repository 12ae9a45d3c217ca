// What is kept of many objects: the same values, and one copy of each text.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { sharedTexts } from '../../controller/sources/kube/texts.ts'

const usedMemory = (): number => {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}

describe('texts that many objects have', () => {
  it('change nothing of an object', () => {
    const json = '{"a":"x","b":["x",1,null,{"x":"x","__proto__":"x"}],"":"","toString":"constructor","n":0,"t":true}'
    const share = sharedTexts()
    expect(JSON.stringify(share(JSON.parse(json)))).to.equal(json)
    expect(JSON.stringify(share(JSON.parse(json)))).to.equal(json)
    expect(share('x')).to.equal('x')
    expect(share(undefined)).to.equal(undefined)
  })

  it('are there once, however many objects have them, and whatever else these say', () => {
    const share = sharedTexts()
    const text = 'the message of a condition '.repeat(40)
    const read = (n: number) => JSON.parse(JSON.stringify({ name: `route ${n}`, conditions: [{ message: text }] }))
    const before = usedMemory()
    const objects = Array.from({ length: 20_000 }, (_, n) => share(read(n)))
    const grown = usedMemory() - before
    expect(objects).to.have.length(20_000)
    expect(grown / (objects.length * text.length)).to.be.below(0.5)
  })
})
