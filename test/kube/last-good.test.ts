// The last good key pairs over the end of a controller: given to the keeper once for each change, had back by the next one.
import { expect } from 'chai'
import { lastGood } from '../../controller/infra/process/last-good.ts'
import type { HeldPair } from '../../controller/infra/process/protocol.ts'
import { privateText } from '../../controller/ir/private-text.ts'
import type { KeyPairs } from '../../controller/translate/world.ts'
import { until } from './until.ts'

const pairs = (...keys: string[]): KeyPairs =>
  new Map(
    keys.map((key, n) => [
      `Secret/a/${n}`,
      { type: 'KeyPair', id: `Secret/a/${n}`, certificateChain: 'chain', privateKey: privateText(key) },
    ]),
  )

describe('the last good key pairs', () => {
  let told: HeldPair[][]
  let failures: unknown[]
  let keeper: { holdPairs(list: readonly HeldPair[]): Promise<void>; heldPairs(): Promise<readonly HeldPair[]> }
  let end: AbortController

  beforeEach(() => {
    told = []
    failures = []
    end = new AbortController()
    keeper = {
      holdPairs: async list => void told.push([...list]),
      heldPairs: async () => told.at(-1) ?? [],
    }
  })
  afterEach(() => end.abort())

  const start = () => {
    const good = lastGood(keeper, error => failures.push(error))
    return { good, running: good.run(end.signal) }
  }
  const keysOf = (list: readonly HeldPair[] | undefined) => list?.map(({ privateKey }) => privateKey)

  it('come back to the next controller as they were', async () => {
    const { good } = start()
    good.hold(pairs('one', 'two'))
    await until(() => told.length === 1)
    const found = await lastGood(keeper, error => failures.push(error)).read()
    expect([...found.keys()]).to.deep.equal(['Secret/a/0', 'Secret/a/1'])
    const pair = found.get('Secret/a/1')
    expect(pair).to.include({ type: 'KeyPair', certificateChain: 'chain' })
    expect(pair?.privateKey.reveal()).to.equal('two')
    expect(JSON.stringify([...found])).to.not.include('two')
  })

  it('are told when they change, and not when they are the same', async () => {
    const { good } = start()
    for (const keys of [['one'], ['one'], ['one']]) good.hold(pairs(...keys))
    await until(() => told.length > 0)
    good.hold(pairs('one'))
    good.hold(pairs('two'))
    await until(() => told.length > 1)
    expect(told.map(keysOf)).to.deep.equal([['one'], ['two']])
  })

  it('are told until the keeper takes them, and again when it was started again', async () => {
    const take = keeper.holdPairs
    keeper.holdPairs = async () => {
      throw new Error('not now')
    }
    const { good } = start()
    good.hold(pairs('one'))
    await until(() => failures.length > 1)
    keeper.holdPairs = take
    await until(() => told.length === 1)
    good.again()
    await until(() => told.length === 2)
    expect(told.map(keysOf)).to.deep.equal([['one'], ['one']])
  })

  it('are none where no keeper runs, which is no failure; where one does not answer it is', async () => {
    const failing = (code?: string) =>
      lastGood({ ...keeper, heldPairs: () => Promise.reject(Object.assign(new Error('no'), { code })) }, error =>
        failures.push(error),
      ).read()
    expect((await failing('ENOENT')).size).to.equal(0)
    expect((await failing('ECONNREFUSED')).size).to.equal(0)
    expect(failures).to.have.length(0)
    expect((await failing()).size).to.equal(0)
    expect(failures).to.have.length(1)
  })

  it('end with their controller', async () => {
    const { running } = start()
    end.abort()
    await running
  })
})
