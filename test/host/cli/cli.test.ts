// `sluice test`: the command as a process, on a small module.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { module } from '../fixtures/build.ts'
import { parseCases } from './cases.ts'

/** The command line with all its commands, not bundled. */
const PROGRAM = resolve(import.meta.dirname, '../../../controller/main.ts')

/** Answers 429 to /limited, traps on /trap, loops for ever on /loop, else adds a header. */
const FILTER = `
  const PATH: usize = memory.data<u8>([58, 112, 97, 116, 104])
  const NAME: usize = memory.data<u8>([120, 45, 97])
  export function proxy_on_request_headers(c: u32, n: u32, e: u32): u32 {
    getHeader(0, PATH, 5, CELL, CELL + 4)
    const second = load<u8>(load<u32>(CELL) + 2)
    if (second == 114) unreachable()
    if (second == 105) reply(429, 0, 0, 0, 0, 0, 0, -1)
    if (second == 111) while (true) { if (load<u32>(CELL) == 1) break }
    addHeader(0, NAME, 3, NAME, 3)
    return 0
  }`

describe('sluice test', function () {
  this.timeout(30_000)
  let folder: string
  let wasm: string

  before(async () => {
    folder = await mkdtemp(join(import.meta.dirname, '../../../dist/cases-'))
    wasm = (await module(FILTER, { arguments: ['--runtime', 'stub'], debug: 'source-map' })).file
  })

  after(() => rm(folder, { recursive: true, force: true }))

  const sluiceTest = async (
    cases: string,
    ...args: string[]
  ): Promise<{ status: number; out: string; err: string }> => {
    const file = join(folder, 'cases.yaml')
    await writeFile(file, cases)
    return new Promise(done => {
      execFile(process.execPath, [PROGRAM, 'test', file, '--wasm', wasm, ...args], (error, out, err) =>
        done({ status: error ? Number(error.code) : 0, out, err }),
      )
    })
  }

  it('passes cases that hold', async () => {
    const { status, out } = await sluiceTest(`
cases:
- name: limited
  request: { path: /limited }
  expect: { status: 429, upstream: null }
- name: adds a header
  request: { path: /a }
  answer: { status: 201 }
  expect: { status: 201, upstream: { path: /a, headers: { x-a: x-a, x-b: null } } }
- name: in steps
  steps:
  - request: { path: /a }
    times: 3
    expect: { status: 200 }
  - request: { path: /limited }
    afterMs: 1000
    expect: { status: 429 }
`)
    expect(out.trim().split('\n')).to.deep.equal([
      'TAP version 13',
      '1..3',
      'ok 1 - limited',
      'ok 2 - adds a header',
      'ok 3 - in steps',
    ])
    expect(status).to.equal(0)
  })

  it('tells what does not hold', async () => {
    const { status, out } = await sluiceTest(
      'cases: [{ name: no, expect: { status: 404, upstream: { headers: { x-a: "/^b/" } } } }]',
      '-o',
      'pretty',
    )
    expect(out).to.include('✘ no\n    status: expected 404, got "200"\n')
    expect(out).to.include('upstream header x-a: expected "/^b/", got "x-a"').and.include('0 passed, 1 failed')
    expect(status).to.equal(1)
  })

  it('tells the line where the module trapped, by the source map beside it', async () => {
    const { status, out } = await sluiceTest('cases: [{ name: traps, request: { path: /trap } }]')
    expect(out).to.match(/trapped in proxy_on_request_headers: unreachable at module\.ts:\d+:24\n/)
    expect(status).to.equal(1)
  })

  it('ends an endless loop', async () => {
    const { status, out, err } = await sluiceTest(
      'cases: [{ name: loops, request: { path: /loop } }]',
      '--budget',
      '500',
    )
    expect(out).to.include('not ok 1 - loops\n# ended after 500 ms: an endless loop in the module?')
    expect(err).to.include('later cases did not run')
    expect(status).to.equal(1)
  })

  it('names the place of what it does not understand', async () => {
    const { status, err } = await sluiceTest('cases:\n- name: a\n  request: { pth: / }\n')
    expect(err).to.include('cases.yaml:3:').and.include('request has no field "pth"')
    expect(status).to.equal(1)
  })

  it('runs again when the cases change, until it is ended', async () => {
    const file = join(folder, 'watched.yaml')
    await writeFile(file, 'cases: [{ name: first }]')
    const running = spawn(process.execPath, [PROGRAM, 'test', file, '--wasm', wasm, '--watch', '-o', 'tap'])
    let out = ''
    const shows = (wanted: string): Promise<void> =>
      new Promise(resolve => {
        const look = (): void => {
          if (out.includes(wanted)) resolve()
        }
        running.stdout.on('data', look)
        look()
      })
    running.stdout.on('data', data => {
      out += String(data)
    })
    try {
      await shows('ok 1 - first')
      // The watcher begins after the first run: whatever it missed is written again.
      const again = setInterval(() => void writeFile(file, 'cases: [{ name: second, expect: { status: 404 } }]'), 200)
      await shows('not ok 1 - second')
      clearInterval(again)
    } finally {
      running.kill()
    }
  })

  it('takes YAML only', () => {
    expect(parseCases('cases: [')).to.have.property('ok', false)
    expect(parseCases('- a')).to.have.property('ok', false)
  })
})
