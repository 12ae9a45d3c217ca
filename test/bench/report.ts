// Figures as people read them: tables for a terminal, or Markdown for the README with date and machine.
import { cpus } from 'node:os'
import { table } from 'table'
import type { Figures } from './figures.ts'
import type { Rounds } from './measure.ts'

const HEAD = ['job', 'who', 'µs a request', 'above floor', 'quartiles', 'busy']
const TARGET_HEAD = ['target', 'measured', '90 % between', 'at most', '']

const figureCells = ({ rows }: Figures): string[][] =>
  rows.map(({ job, who, microseconds, aboveFloor, busy }) => [
    job,
    who,
    microseconds.median.toFixed(1),
    job === 'floor' ? '' : aboveFloor.median.toFixed(2),
    job === 'floor' ? '' : `${aboveFloor.q1.toFixed(2)} … ${aboveFloor.q3.toFixed(2)}`,
    `${Math.round(busy * 100)} %`,
  ])

const targetCells = ({ verdicts }: Figures): string[][] =>
  verdicts.map(({ what, as, value, between, most, verdict }) => [
    what,
    `${value.toFixed(2)}${as === 'ratio' ? '' : ' µs'}`,
    between.map(bound => bound.toFixed(2)).join(' … '),
    String(most),
    verdict,
  ])

export const inTerminal = (figures: Figures): string =>
  table([HEAD, ...figureCells(figures)]) +
  (figures.verdicts.length > 0 ? table([TARGET_HEAD, ...targetCells(figures)]) : '')

const markdown = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')

export const inMarkdown = (figures: Figures, { rounds, requests }: Rounds, envoy: string): string => {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? process.arch}`
  const date = new Date().toISOString().slice(0, 10)
  return `${markdown(HEAD, figureCells(figures))}\n${markdown(TARGET_HEAD, targetCells(figures))}
${date}, ${machine}, Envoy ${envoy}, medians of ${rounds} interleaved rounds of ${requests} requests, all 2xx.\n`
}
