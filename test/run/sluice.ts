// `sluice run` as a user runs it, for tests: a folder of YAML in, a process with Envoy below it out. Each instance gets a
// loopback address of its own, so ports never collide with anything else on the machine.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** Characters of what it printed that an error tells: access logs of long runs are not kept. */
const TOLD = 4000
const program = resolve(import.meta.dirname, '../../dist/sluice.mjs')

export interface LogLine {
  msg: string
  level: number
  [field: string]: unknown
}

export interface Folder extends AsyncDisposable {
  path: string
  /** A loopback address that nothing else uses. */
  address: string
  /** Writes beside the file and renames over it, as careful editors do. */
  write(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
}

export async function folder(files: Record<string, string> = {}): Promise<Folder> {
  const base = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const path = join(base, 'in')
  await mkdir(path)
  const self: Folder = {
    path,
    address: `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`,
    async write(name, text) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      const aside = join(base, `.${randomInt(1e9)}`)
      await writeFile(aside, text)
      await rename(aside, join(path, name))
    },
    remove: name => rm(join(path, name)),
    [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }),
  }
  for (const [name, text] of Object.entries(files)) await self.write(name, text)
  return self
}

export interface Running extends AsyncDisposable {
  child: ChildProcess
  logs: readonly LogLine[]
  /** URLs of the listeners, as reported once they answer. */
  live: Promise<string[]>
  exited: Promise<number | NodeJS.Signals | null>
  /** The first log line, past or to come, that passes. */
  logged(test: (line: LogLine) => boolean): Promise<LogLine>
  stop(): Promise<void>
}

export function runSluice(path: string, args: string[] = []): Running {
  const child = spawn(process.execPath, [program, 'run', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  const logs: LogLine[] = []
  let told = ''
  const keep = (chunk: string): void => {
    told = (told + chunk).slice(-TOLD)
  }
  const waiting = new Set<(line: LogLine) => void>()
  const exited = new Promise<number | NodeJS.Signals | null>(done =>
    child.once('exit', (code, signal) => done(code ?? signal)),
  )
  const live = new Promise<string[]>((done, fail) => {
    child.on('message', (message: { live?: string[] }) => message.live && done(message.live))
    exited.then(code => fail(new Error(`sluice run ended with ${code} before it was live:\n${told}`)))
  })
  live.catch(() => undefined)
  const take = lines((line: string) => {
    keep(`${line}\n`)
    if (!line.startsWith('{')) return
    const entry = JSON.parse(line) as LogLine
    logs.push(entry)
    for (const each of waiting) each(entry)
  })
  child.stderr?.setEncoding('utf8').on('data', take)
  child.stdout?.setEncoding('utf8').on('data', keep)
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await exited
  }
  return {
    child,
    logs,
    live,
    exited,
    logged: test =>
      new Promise((done, fail) => {
        const found = logs.find(test)
        if (found) return done(found)
        const look = (line: LogLine) => {
          if (!test(line)) return
          waiting.delete(look)
          done(line)
        }
        waiting.add(look)
        exited.then(code => fail(new Error(`sluice run ended with ${code}:\n${told}`)))
      }),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function lines(take: (line: string) => void): (chunk: string) => void {
  let rest = ''
  return chunk => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) take(line)
  }
}
