// Load for the benchmark: `client.c` where zig can be had, built once; else connections of this process, which cost more than
// Envoy itself, so that Envoy sleeps in between.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { compileProgram, exists } from '../host/foreign/toolchains.ts'
import { openLanes } from '../load/lanes.ts'

/** Asks `count` times on `connections`; how many answers were 2xx. */
export type Client = (port: number, connections: number, count: number, request: string) => Promise<number>

const here = import.meta.dirname
const folder = join(here, '../../dist/rivals')

export async function buildClient(tell: (line: string) => void): Promise<Client> {
  const source = join(here, 'client.c')
  const hash = createHash('sha256').update(await readFile(source))
  const file = join(folder, `client.${hash.digest('hex').slice(0, 16)}`)
  try {
    if (!(await exists(file))) {
      await mkdir(folder, { recursive: true })
      await compileProgram(source, `${file}.${process.pid}`)
      await rename(`${file}.${process.pid}`, file)
    }
    return (...load) => runProgram(file, ...load)
  } catch (error) {
    tell(`the client is JavaScript, not C (${(error as Error).message.split('\n')[0]})`)
    return runLanes
  }
}

const runProgram = (file: string, port: number, connections: number, count: number, request: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(file, [port, connections, count].map(String), { stdio: ['pipe', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', chunk => {
      printed += chunk
    })
    child.once('error', reject)
    child.once('close', code =>
      code === 0 ? resolve(Number(printed)) : reject(new Error(`client ended with ${code}`)),
    )
    child.stdin.end(request, 'latin1')
  })

const runLanes: Client = async (port, connections, count, request) => {
  using lanes = openLanes(port, connections)
  const { statuses } = await lanes.run(count, () => request)
  let good = 0
  for (const [status, answers] of statuses) if (status >= 200 && status < 300) good += answers
  return good
}
