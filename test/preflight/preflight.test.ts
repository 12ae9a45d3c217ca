// Plans tried in the module before they are sent.

import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { createPreflight } from '../../controller/preflight/preflight.ts'
import { build } from '../../filters/build.mts'
import { encode } from '../../filters/plan/encode.ts'
import type { Plan } from '../../filters/plan/plan.ts'
import { module } from '../host/fixtures/build.ts'

const plan = (value: string): Uint8Array => {
  const headers = { type: 'Headers', policy: 'default/h', set: [{ name: 'x-a', value }], add: [], remove: [] } as const
  const sides = { request: [], response: [] }
  const whole = {
    rule: 'default/r#0',
    downstream: { ...sides, response: [headers] },
    upstream: { ...sides, request: [headers] },
    clusters: [],
    firstAttemptOnly: false,
  } as unknown as Plan
  const encoded = encode(whole)
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.faults))
  return encoded.bytes
}

/** A module that reads the plan's first byte: R is refused, T traps, H is held, anything else goes through. */
const picky = `
  @external('env', 'proxy_get_property') declare function property(p: usize, ps: usize, v: usize, vs: usize): u32
  const PATH = 'xds\\0route_metadata\\0typed_filter_metadata\\0sluice.dev/plan'
  export function proxy_on_request_headers(c: u32, n: u32, e: u32): u32 {
    const path = String.UTF8.encode(PATH)
    if (property(changetype<usize>(path), path.byteLength, CELL, CELL + 4) != 0) return 0
    const first = load<u8>(load<u32>(CELL))
    if (first == 82) {
      const body = String.UTF8.encode('unreadable plan')
      reply(500, 0, 0, changetype<usize>(body), body.byteLength, 0, 0, -1)
    }
    if (first == 84) unreachable()
    return first == 72 ? 1 : 0
  }`

const text = (bytes: string): Uint8Array => new TextEncoder().encode(bytes)

describe('preflight', function () {
  this.timeout(60_000)

  it('passes the plans that the encoder makes', async () => {
    const built = await build('release')
    const suite = built.find(({ module: name }) => name === 'suite')!
    const preflight = createPreflight(await readFile(suite.file))
    expect(preflight.check(plan('one'))).to.deep.equal({ ok: true })
  })

  it('tells why a plan is refused, and goes on with the next', async () => {
    const preflight = createPreflight((await module(picky)).bytes)
    expect(preflight.check(text('ok'))).to.deep.equal({ ok: true })
    expect(preflight.check(text('R'))).to.deep.equal({ ok: false, reason: 'unreadable plan' })
    expect(preflight.check(text('T'))).to.deep.equal({
      ok: false,
      reason: 'the module trapped in proxy_on_request_headers: unreachable',
    })
    expect(preflight.check(text('H'))).to.deep.equal({ ok: false, reason: 'the module holds the request for ever' })
    expect(preflight.check(text('fine'))).to.deep.equal({ ok: true })
  })

  it('answers the same for the same bytes', async () => {
    const preflight = createPreflight((await module(picky)).bytes)
    expect(preflight.check(text('R'))).to.equal(preflight.check(text('R')))
  })

  it('refuses every plan where the module is none', () => {
    const verdict = createPreflight(new Uint8Array([1])).check(text('x'))
    expect(verdict).to.include({ ok: false })
    expect(verdict).to.have.property('reason').that.includes('not a Wasm module')
  })

  it('names an import that Envoy has not', async () => {
    const { bytes } = await module(`@external('env', 'abort_me') declare function nope(): void
      export function proxy_on_log(c: u32): void { nope() }`)
    expect(createPreflight(bytes).check(text('x')))
      .to.have.property('reason')
      .that.includes('env.abort_me')
  })
})
