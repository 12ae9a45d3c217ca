// The examples of docs/testing-filters.md run as they stand there.
import { readFileSync } from 'node:fs'
import * as chai from 'chai'
import fc from 'fast-check'
import { parseCases } from './cli/cases.ts'
import { runCases } from './cli/run.ts'
import * as kit from './core/index.ts'
import { compile } from './fixtures/build.ts'
import * as arbitrary from './mocha/arbitraries.ts'

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

  for (const { title, code } of blocks('ts test')) {
    it(title, async () => {
      const names = { ...kit, expect: chai.expect, fc, arbitrary, wasm }
      const run = new Function(...Object.keys(names), `return (async () => {${code.replaceAll('!.', '.')}})()`)
      await run(...Object.values(names))
    })
  }

  for (const { title, code } of blocks('yaml cases')) {
    it(title, async () => {
      const parsed = parseCases(code)
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
      for await (const { name, wrong } of runCases(parsed.file, wasm)) chai.expect(wrong, name).to.deep.equal([])
    })
  }
})
