// The keeper of Envoys, with a shell script in Envoy's place: who starts, who stays, who ends, and what they are told.

import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Keeper, startKeeper } from '../../controller/infra/process/keeper.ts'
import { type KeptEnvoyInfo, keeperClient } from '../../controller/infra/process/protocol.ts'
import { until } from './until.ts'

describe('the keeper of Envoys', () => {
  let directory: string
  let keeper: Keeper

  const envoys = (): Promise<KeptEnvoyInfo[]> =>
    new Promise((resolve, reject) => {
      request({ socketPath: keeper.socket, path: '/envoys' }, response => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk
        })
        response.on('end', () => resolve(JSON.parse(text)))
      })
        .on('error', reject)
        .end()
    })
  const files = async (name: string): Promise<string[]> => {
    const own = join(directory, 'envoys')
    return Promise.all((await readdir(own)).map(id => readFile(join(own, id, name), 'utf8')))
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keeper-'))
    const envoy = join(directory, 'envoy')
    await writeFile(envoy, '#!/bin/sh\nexec sleep 1000\n')
    await chmod(envoy, 0o755)
    keeper = await startKeeper({ directory, envoy, concurrency: 1, onEvent: () => undefined })
  })
  afterEach(async () => {
    await keeper.stop()
    await rm(directory, { recursive: true })
  })

  it('runs what it is told, leaves alone what is still wanted, ends what is not', async () => {
    const client = keeperClient(keeper.socket, 'ours')
    await client.setEnvoys([
      { id: 'a/g', token: 't1' },
      { id: 'a/h', token: 't2' },
    ])
    const before = await envoys()
    expect(before).to.have.length(2)
    await client.setEnvoys([{ id: 'a/h', token: 't2' }])
    const after = await envoys()
    expect(after).to.deep.equal([before[1]])
    expect(await readdir(join(directory, 'envoys'))).to.have.length(1)
  })

  it('goes on with them when nobody tells it anything more, or who they are', async () => {
    const client = keeperClient(keeper.socket, 'ours')
    await client.setEnvoys([{ id: 'a/g', token: 't1' }])
    const before = await envoys()
    await client.setEnvoys([{ id: 'a/g' }, { id: 'a/new' }])
    expect(await envoys()).to.deep.equal(before)
    expect(await files('token.json')).to.have.length(1)
  })

  it('keeps the Envoys of two groups apart', async () => {
    await keeperClient(keeper.socket, 'ours').setEnvoys([{ id: 'a/g', token: 't' }])
    const theirs = keeperClient(keeper.socket, 'theirs')
    await theirs.setEnvoys([{ id: 'a/g', token: 't' }])
    await theirs.setEnvoys([])
    expect((await envoys()).map(({ group }) => group)).to.deep.equal(['ours'])
  })

  it('starts one again that died', async () => {
    const client = keeperClient(keeper.socket, 'ours')
    await client.setEnvoys([{ id: 'a/g', token: 't' }])
    const [first] = await envoys()
    process.kill(first!.pid!, 'SIGKILL')
    await until(async () => {
      const [next] = await envoys()
      return next?.pid !== undefined && next.pid !== first!.pid
    })
  })

  it('renews tokens without a restart', async () => {
    const client = keeperClient(keeper.socket, 'ours')
    await client.setEnvoys([{ id: 'a/g', token: 'old' }])
    const before = await envoys()
    await client.setEnvoys([{ id: 'a/g', token: 'new' }])
    expect(await envoys()).to.deep.equal(before)
    expect(await files('token.json')).to.satisfy(([text]: string[]) => text?.includes('Bearer new'))
  })

  it('tells them which controllers live, for as long as they do', async () => {
    const client = keeperClient(keeper.socket, 'ours')
    await client.setEnvoys([{ id: 'a/g', token: 't' }])
    const one = new AbortController()
    const two = new AbortController()
    await client.announce('/run/one.sock', one.signal)
    await client.announce('/run/two.sock', two.signal)
    expect((await files('servers.json'))[0]).to.match(/one\.sock.*two\.sock/)
    one.abort()
    await until(async () => !(await files('servers.json'))[0]?.includes('one.sock'))
    expect((await files('servers.json'))[0]).to.include('two.sock')
    two.abort()
  })

  it('holds the last good key pairs of a group for its next controller, in memory and nowhere else', async () => {
    const pair = { id: 'Secret/a/site', certificateChain: 'the chain', privateKey: 'the key' }
    const client = keeperClient(keeper.socket, 'ours')
    expect(await client.heldPairs()).to.deep.equal([])
    await client.setEnvoys([{ id: 'a/g', token: 't' }])
    await client.holdPairs([pair])
    expect(await keeperClient(keeper.socket, 'ours').heldPairs()).to.deep.equal([pair])
    expect(await keeperClient(keeper.socket, 'theirs').heldPairs()).to.deep.equal([])
    const files = await readdir(directory, { recursive: true, withFileTypes: true })
    for (const file of files.filter(entry => entry.isFile()))
      expect(await readFile(join(file.parentPath, file.name), 'utf8'), file.name).to.not.include('the key')
    await client.holdPairs([])
    expect(await client.heldPairs()).to.deep.equal([])
  })

  it('ends them all with itself', async () => {
    await keeperClient(keeper.socket, 'ours').setEnvoys([{ id: 'a/g', token: 't' }])
    const pid = (await envoys())[0]!.pid!
    await keeper.stop()
    expect(() => process.kill(pid, 0)).to.throw('ESRCH')
    keeper = await startKeeper({ directory, envoy: join(directory, 'envoy'), concurrency: 1, onEvent: () => undefined })
  })
})
