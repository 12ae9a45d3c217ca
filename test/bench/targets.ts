// What the figures are held against: each a ratio or a difference of two variants of one run, both above their floors.

export interface Target {
  what: string
  /** `JOB: WHO` of ours and of the rival. */
  of: string
  over: string
  as: 'ratio' | 'difference in µs'
  most: number
}

const ratio = (what: string, of: string, over: string, most: number): Target => ({ what, of, over, as: 'ratio', most })
const RECORDED = 'headers-static: headers.wasm'
/** Beside rivals that write no decision record. */
const HEADERS = `${RECORDED}, no record`
const limit = (what: string, who: string, most: number): Target => ({
  what: `${what} above native`,
  of: `rate-limit: ${who}`,
  over: 'rate-limit: native',
  as: 'difference in µs',
  most,
})

export const TARGETS: readonly Target[] = [
  ratio('header edits over raw C', HEADERS, 'headers-static: C', 1.1),
  ratio('header edits over C that counts and records', RECORDED, 'headers-static: C, counting', 1.1),
  ratio('header edits over native', HEADERS, 'headers-static: native header_mutation', 2),
  ratio('header edits over the Rust SDK', HEADERS, 'headers-static: Rust SDK', 0.8),
  ratio('header edits over the published AS SDK', HEADERS, 'headers-static: published AS SDK', 0.45),
  ratio('1,500 streams under way over none', 'headers-held: headers.wasm', RECORDED, 1.1),
  ratio('per route over native', 'headers-route: suite', 'headers-route: native header_mutation', 2.5),
  ratio('per route over Lua', 'headers-route: suite', 'headers-route: Lua', 1),
  ratio('rewrite over raw C', 'rewrite: rewrite.wasm, no record', 'rewrite: C', 1.05),
  ratio('rewrite over C that counts and records', 'rewrite: rewrite.wasm', 'rewrite: C, counting', 1.05),
  ratio('rewrite over Lua', 'rewrite: rewrite.wasm, no record', 'rewrite: Lua', 1),
  limit('limit by worker', 'rate-limit.wasm, worker, no record', 0.8),
  limit('limit by node', 'rate-limit.wasm, node, no record', 1.5),
  limit('limit by worker, in the suite,', 'suite, worker', 0.8),
  limit('limit by node, in the suite,', 'suite, node', 1.5),
  ratio('mirror over native', 'mirror: suite', 'mirror: native', 1.1),
  ratio('all four over four modules', 'all-unsampled: suite', 'all-unsampled: four modules', 0.6),
  ratio('all four over Lua', 'all-unsampled: suite', 'all-unsampled: Lua', 1.4),
  ratio('all four over native', 'all-unsampled: suite', 'all-unsampled: native', 3.5),
]
