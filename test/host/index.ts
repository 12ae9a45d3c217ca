// `import { Host } from 'sluice/testkit'`: the core, and what needs Node (`sluice/testkit/core` is the core alone, for browsers).

export { parseCases } from './cli/cases.ts'
export { type CaseResult, runCases } from './cli/run.ts'
export * from './core/index.ts'
export { CoverageReport, type FileCoverage } from './cover/coverage.ts'
export * as arbitrary from './mocha/arbitraries.ts'
export { describeOutcome, useSnapshots } from './mocha/snapshots.ts'
