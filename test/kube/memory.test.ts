// The controller of a cluster begins itself anew with bounds on its memory: the same process, the same pipes, the same arguments.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageFile } from '../../controller/package.ts'
import { until } from './until.ts'

const kubeconfig = {
  clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'u', user: {} }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x',
}

describe('the memory of a controller in a cluster', () => {
  let directory: string
  let child: ChildProcess | undefined

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bounds-'))
    await writeFile(join(directory, 'kubeconfig'), JSON.stringify(kubeconfig))
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await rm(directory, { recursive: true })
  })

  it('is bounded, also where nobody who starts it says so', async () => {
    const args = ['--kubeconfig', join(directory, 'kubeconfig'), '--envoys', directory, '--address-pool', '10.0.0.0/24']
    const { MALLOC_ARENA_MAX: _, ...rest } = process.env
    const env = { ...rest, MALLOC_MMAP_THRESHOLD_: '65536' }
    const command = [packageFile('controller/main.ts'), 'controller', ...args]
    const started = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'], env })
    child = started
    let log = ''
    started.stderr.on('data', (chunk: Buffer) => {
      log += chunk
    })
    await until(() => log.includes('reading the cluster'))
    const read = async (what: string) => (await readFile(`/proc/${started.pid}/${what}`, 'latin1')).split('\0')
    expect(await read('cmdline')).to.include.members(['--max-semi-space-size=8', '--heap-growing-percent=25', ...args])
    // What somebody says stays.
    expect(await read('environ')).to.include.members(['MALLOC_ARENA_MAX=2', 'MALLOC_MMAP_THRESHOLD_=65536'])
    started.kill('SIGTERM')
    expect((await once(started, 'exit'))[0]).to.equal(0)
  })
})
