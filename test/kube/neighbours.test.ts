// A replica is dead where its socket is left and nobody answers: not where it lives, not where nothing is known.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { deadNeighbours, socketSweeper } from '../../controller/infra/process/neighbours.ts'

const LISTEN = 'require("node:net").createServer().listen(process.argv[1], () => console.log("up"))'

describe('dead neighbours', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'xds-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('are those whose process was killed', async () => {
    const child = spawn(process.execPath, ['-e', LISTEN, join(directory, 'killed.sock')])
    await once(child.stdout, 'data')
    expect(await deadNeighbours(directory)('killed')).to.equal(false)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await deadNeighbours(directory)('killed')).to.equal(true)
  })

  it('are none that live, and none of other machines', async () => {
    const server = createServer().listen(join(directory, 'alive.sock'))
    await once(server, 'listening')
    const isGone = deadNeighbours(directory)
    expect(await Promise.all(['alive', 'elsewhere', '', '../alive'].map(isGone))).to.deep.equal(Array(4).fill(false))
    server.close()
  })

  it('leave no socket behind once they were dead twice, and the living keep theirs', async () => {
    const child = spawn(process.execPath, ['-e', LISTEN, join(directory, 'killed.sock')])
    await once(child.stdout, 'data')
    const server = createServer().listen(join(directory, 'alive.sock'))
    await once(server, 'listening')
    const sweep = socketSweeper(directory, deadNeighbours(directory))
    await sweep()
    child.kill('SIGKILL')
    await once(child, 'exit')
    await sweep()
    expect(readdirSync(directory).sort()).to.deep.equal(['alive.sock', 'killed.sock'])
    await sweep()
    expect(readdirSync(directory)).to.deep.equal(['alive.sock'])
    server.close()
  })
})
