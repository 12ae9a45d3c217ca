// The examples of docs/testing-filters.md run as they stand there.
import { readFileSync } from 'node:fs'
import * as chai from 'chai'
import fc from 'fast-check'
import { parseCases } from './cli/cases.ts'
import { runCases } from './cli/run.ts'
import * as kit from './core/index.ts'
import { type CompileOptions, compile } from './fixtures/build.ts'
import * as arbitrary from './mocha/arbitraries.ts'
import { moduleBytes } from './mocha/covered.ts'

const page = readFileSync(new URL('../../docs/testing-filters.md', import.meta.url), 'utf8')

/** The code blocks of this kind, each with the heading it stands under. */
const blocks = (kind: string): { title: string; code: string }[] =>
  page.split(/^## /m).flatMap(section => {
    const title = section.split('\n')[0]!
    return [...section.matchAll(/^```(\w+ \w+)\n([\s\S]*?)^```$/gm)]
      .filter(match => match[1] === kind)
      .map(match => ({ title, code: match[2]! }))
  })

describe('docs/testing-filters.md', function () {
  this.timeout(30_000)
  let wasm: Uint8Array

  before(async () => {
    const [filter] = blocks('ts filter')
    wasm = (await compile({ 'filter.ts': filter!.code }, 'filter.ts')).bytes
  })

  const example = async (code: string, more: object): Promise<void> => {
    const names = { ...kit, expect: chai.expect, fc, arbitrary, ...more }
    const body = new Function(...Object.keys(names), `return (async () => {${code.replaceAll('!.', '.')}})()`)
    await body(...Object.values(names))
  }

  for (const { title, code } of blocks('ts test')) {
    it(title, () => example(code, { wasm }))
  }

  const run = async (code: string, module: Uint8Array): Promise<void> => {
    const parsed = parseCases(code)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
    for await (const { name, wrong } of runCases(parsed.file, module)) chai.expect(wrong, name).to.deep.equal([])
  }

  for (const { title, code } of blocks('ts trap')) {
    it(title, async () => {
      const source = `export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size) }
let calls = 0
export function proxy_on_request_headers(context: u32, headers: u32, end: u32): u32 {
      unreachable()
      return calls++
}`
      const options: CompileOptions = { arguments: ['--runtime', 'stub'], debug: 'source-map' }
      const { bytes, extra } = await compile({ 'trapping.ts': source }, 'trapping.ts', options)
      await example(code, { wasm: bytes, sourceMap: await extra('wasm.map') })
    })
  }

  for (const { title, code } of blocks('yaml suite')) {
    it(title, async () => run(code, await moduleBytes('suite')))
  }

  for (const { title, code } of blocks('yaml cases')) {
    it(title, () => run(code, wasm))
  }

  it('has no example that is not run', () => {
    const kinds = [...page.matchAll(/^```(\w+(?: \w+)?)\n/gm)].map(match => match[1])
    chai.expect(new Set(kinds)).to.deep.equal(new Set(['ts filter', 'ts test', 'ts trap', 'yaml cases', 'yaml suite']))
  })
})
