// h2spec against a listener: which of its cases fail. Built from its Go module into a cache of ours, where Go is there.
import { execFile } from 'node:child_process'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** The last version with a command; its module has no go.mod and so no tagged one in Go's sense. */
const MODULE = 'github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible'

export type Found = { type: 'found'; path: string } | { type: 'missing'; why: string }

export async function findH2spec(): Promise<Found> {
  const folder = join(import.meta.dirname, '../../.sluice/h2spec')
  const path = join(folder, 'h2spec')
  if (await exists(path)) return { type: 'found', path }
  try {
    await run('go', ['version'])
  } catch {
    return { type: 'missing', why: 'needs Go on the PATH to build h2spec' }
  }
  await mkdir(folder, { recursive: true })
  try {
    await run('go', ['install', MODULE], { env: { ...process.env, GOBIN: folder }, timeout: 280_000 })
    return { type: 'found', path }
  } catch (error) {
    return { type: 'missing', why: `h2spec does not build: ${(error as Error).message.split('\n').at(-2)}` }
  }
}

export interface H2specResult {
  total: number
  /** The cases that failed below the titles of their sections, in order. */
  failed: string[]
}

/** Runs all cases on a path of the listener, waiting two seconds for what has to come. */
export async function runH2spec(path: string, port: number, target: string): Promise<H2specResult> {
  const options = ['-h', '127.0.0.1', '-p', String(port), '-P', target, '-o', '2']
  const { stdout } = await run(path, options, { timeout: 580_000, maxBuffer: 1 << 24 }).catch(error => error)
  const summary = /(\d+) tests, \d+ passed, \d+ skipped, \d+ failed/.exec(stdout)
  if (!summary) throw new Error(`h2spec did not finish:\n${stdout.slice(-2000)}`)
  const report = stdout.includes('Failures:') ? stdout.slice(stdout.indexOf('Failures:')) : ''
  const failed = [...report.matchAll(/^ +(?:\d[\d.]*\.? |× ).*$/gm)].map(([line]) => line.trim())
  return { total: Number(summary[1]), failed }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
