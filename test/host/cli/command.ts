// `sluice test CASES.yaml [--wasm FILE]`: a filter is tested without writing TypeScript. The cases run in a child process, so
// that a module in an endless loop ends with its case's name instead of hanging for ever.
import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { watch } from 'chokidar'
import { type CaseFile, parseCases } from './cases.ts'
import { type Format, newReport, type Report } from './report.ts'
import { type CaseResult, runCases } from './run.ts'

export interface TestOptions {
  wasm?: string
  output?: Format
  watch?: true
  /** How long a case may take, in ms. */
  budget: number
  inChild?: true
}

type ChildMessage =
  | { type: 'begin'; name: string }
  | { type: 'result'; result: CaseResult }
  | { type: 'stop'; why: string }

/** Runs the cases and reports; sets the exit status. With `watch` it never ends. */
export const test = async (cases: string, options: TestOptions): Promise<void> => {
  if (options.inChild) return child(cases, options)
  process.exitCode = await once(cases, options)
  if (options.watch) await again(cases, options)
}

/** Runs everything and reports; the exit status. */
const once = async (cases: string, options: TestOptions): Promise<number> => {
  const report = newReport(options.output ?? (process.stdout.isTTY ? 'pretty' : 'tap'), line => console.log(line))
  const read = await readCases(cases)
  if (!read.ok) {
    for (const line of read.lines) console.error(line)
    return 1
  }
  report.begin(read.file.cases.length)
  const why = await runInChild(cases, options, report)
  if (why !== undefined) console.error(why)
  report.end()
  return why === undefined && report.failed === 0 ? 0 : 1
}

const readCases = async (path: string): Promise<{ ok: true; file: CaseFile } | { ok: false; lines: string[] }> => {
  const text = await readFile(path, 'utf8').catch((error: Error) => error)
  if (text instanceof Error) return { ok: false, lines: [`${path}: ${text.message}`] }
  const parsed = parseCases(text)
  if (parsed.ok) return parsed
  return { ok: false, lines: parsed.faults.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`) }
}

/** Answers why the run broke off, if it did. */
const runInChild = async (cases: string, options: TestOptions, report: Report): Promise<string | undefined> => {
  const args = ['test', cases, '--in-child', ...(options.wasm ? ['--wasm', options.wasm] : [])]
  const process_: ChildProcess = fork(process.argv[1]!, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const { budget } = options
  let running: string | undefined
  let timer: NodeJS.Timeout | undefined
  return new Promise(resolveRun => {
    const end = (why?: string): void => {
      clearTimeout(timer)
      process_.kill('SIGKILL')
      resolveRun(why)
    }
    process_.on('message', (message: ChildMessage) => {
      clearTimeout(timer)
      if (message.type === 'stop') return end(message.why)
      if (message.type === 'result') {
        running = undefined
        report.result(message.result)
        return
      }
      running = message.name
      timer = setTimeout(() => {
        report.result({ name: message.name, wrong: [`ended after ${budget} ms: an endless loop in the module?`] })
        end('the run was ended; later cases did not run')
      }, budget)
    })
    process_.on('exit', code => {
      if (code === 0) return end()
      end(
        running === undefined
          ? `the child process ended with status ${code}`
          : `the child process died in "${running}"`,
      )
    })
  })
}

const child = async (cases: string, options: TestOptions): Promise<void> => {
  const send = (message: ChildMessage): void => void process.send?.(message)
  const read = await readCases(cases)
  if (!read.ok) return
  const path = options.wasm ?? (read.file.wasm === undefined ? undefined : resolve(dirname(cases), read.file.wasm))
  if (path === undefined) return send({ type: 'stop', why: 'no module: say --wasm FILE, or `wasm:` in the cases' })
  const wasm = await readFile(path).catch((error: Error) => error)
  if (wasm instanceof Error) return send({ type: 'stop', why: wasm.message })
  const sourceMap = await readFile(`${path}.map`, 'utf8').catch(() => '')
  for await (const result of runCases(read.file, wasm, name => send({ type: 'begin', name }), sourceMap))
    send({ type: 'result', result })
  process.disconnect?.()
}

const again = async (cases: string, options: TestOptions): Promise<void> => {
  const read = await readCases(cases)
  const named = read.ok && read.file.wasm !== undefined ? resolve(dirname(cases), read.file.wasm) : undefined
  const watcher = watch([cases, ...(options.wasm ? [options.wasm] : named ? [named] : [])], { ignoreInitial: true })
  watcher.on('all', async () => {
    process.exitCode = await once(cases, options)
  })
  await new Promise<void>(() => {})
}
