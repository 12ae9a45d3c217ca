// Coverage of AssemblyScript, on a module whose lines are counted by hand.
import { expect } from 'chai'
import { Host } from '../core/index.ts'
import { compile } from '../fixtures/build.ts'
import { CoverageReport } from './coverage.ts'
import type { Point } from './point.ts'

const SOURCE = `export function malloc(size: usize): usize { return heap.alloc(size) }
export function proxy_abi_version_0_2_1(): void {}
function halve(n: u32): u32 {
  if (n % 2 == 0) return n / 2
  let rest: u32 = 0
  for (let i: u32 = 0; i < n; i++) {
    rest += 1
  }
  return rest
}
function never(): u32 {
  return 7
}
export function proxy_on_request_headers(c: u32, n: u32, e: u32): u32 {
  if (halve(4) == 3) never()
  else halve(4)
  return 0
}
`

describe('coverage', function () {
  this.timeout(30_000)
  let report: CoverageReport

  before(async () => {
    process.env.COVERAGE_FOLDERS = 'covered'
    const built = await compile({ 'covered.ts': SOURCE }, 'covered.ts', {
      transform: new URL('./transform.ts', import.meta.url).pathname,
    })
    delete process.env.COVERAGE_FOLDERS
    report = new CoverageReport()
    const points = JSON.parse(await built.extra('coverage.json')) as Point[]
    const host = await Host.load(built.bytes)
    await host.plugin().request().send()
    report.add(host, points)
    // A host that ran nothing adds nothing, and takes nothing away.
    report.add(await Host.load(built.bytes), points)
  })

  it('counts lines', () => {
    const lines = report.files()[0]!.lines
    const hits = Object.fromEntries(lines.map(({ line, hits }) => [line, hits]))
    expect(hits[4]).to.equal(2)
    expect(hits[5]).to.equal(0)
    expect(hits[12]).to.equal(0)
    expect(hits[15]).to.equal(1)
    expect(hits[17]).to.equal(1)
  })

  it('counts both arms of a branch', () => {
    const arms = report.files()[0]!.branches.map(({ line, arm, hits }) => `${line} ${arm} ${hits}`)
    expect(arms).to.include.members(['4 then 2', '15 then 0'])
  })

  it('writes lcov', () => {
    expect(report.lcov())
      .to.include('SF:covered.ts')
      .and.include('DA:17,1')
      .and.include('DA:12,0')
      .and.include('end_of_record')
  })

  it('prints a table with what never ran', () => {
    expect(report.table()).to.match(/covered\.ts +\d+\.\d +\d+\.\d {2}1, 5-7, 9, 12\n/)
  })
})
