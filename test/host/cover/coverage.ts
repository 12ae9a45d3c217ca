// Coverage of AssemblyScript: counters read from VMs are added up, and written as lcov or as a table.
import type { Host } from '../core/index.ts'
import type { Point } from './point.ts'

export interface FileCoverage {
  file: string
  lines: { line: number; hits: number }[]
  branches: { line: number; arm: 'then' | 'else'; hits: number }[]
}

/** Who has run a module that counts: a host, for one. */
export type Counted = Pick<Host, 'counters'>

export class CoverageReport {
  /** By place, as several modules have the same source in them. */
  readonly #hits = new Map<string, { point: Point; hits: number }>()

  /** Adds what the host's VMs have counted so far; to be called once, at a host's end. `points` is the module's coverage.json. */
  add(host: Counted, points: readonly Point[]): void {
    const all = host.counters()
    const nth = new Map<string, number>()
    for (const [i, point] of points.entries()) {
      const place = `${point.file}:${point.line} ${point.kind}`
      const number = (nth.get(place) ?? 0) + 1
      nth.set(place, number)
      const key = `${place} ${number}`
      const held = this.#hits.get(key) ?? { point, hits: 0 }
      for (const counters of all) held.hits += counters[i] ?? 0
      this.#hits.set(key, held)
    }
  }

  files(): FileCoverage[] {
    const byFile = new Map<string, FileCoverage>()
    for (const { point, hits } of this.#hits.values()) {
      const { file, line, kind } = point
      let entry = byFile.get(file)
      if (!entry) {
        entry = { file: sourcePath(file), lines: [], branches: [] }
        byFile.set(file, entry)
      }
      if (kind !== 'statement') entry.branches.push({ line, arm: kind, hits })
      else {
        const known = entry.lines.find(other => other.line === line)
        if (known) known.hits = Math.max(known.hits, hits)
        else entry.lines.push({ line, hits })
      }
    }
    const files = [...byFile.values()].sort((a, b) => (a.file < b.file ? -1 : 1))
    for (const { lines } of files) lines.sort((a, b) => a.line - b.line)
    return files
  }

  /** Share of lines that ran, 0 to 1. */
  get lines(): number {
    const all = this.files().flatMap(file => file.lines)
    return all.length === 0 ? 1 : all.filter(({ hits }) => hits > 0).length / all.length
  }

  lcov(): string {
    const out: string[] = []
    for (const { file, lines, branches } of this.files()) {
      out.push('TN:', `SF:${file}`)
      for (const [i, { line, arm, hits }] of branches.entries()) {
        out.push(`BRDA:${line},${Math.floor(i / 2)},${arm === 'then' ? 0 : 1},${hits}`)
      }
      out.push(`BRF:${branches.length}`, `BRH:${branches.filter(({ hits }) => hits > 0).length}`)
      for (const { line, hits } of lines) out.push(`DA:${line},${hits}`)
      out.push(`LF:${lines.length}`, `LH:${lines.filter(({ hits }) => hits > 0).length}`, 'end_of_record')
    }
    return `${out.join('\n')}\n`
  }

  /** One line per file: shares of lines and branches, and the lines that never ran. */
  table(): string {
    const percent = (part: number, whole: number): string =>
      whole === 0 ? '    –' : `${((100 * part) / whole).toFixed(1).padStart(5)}`
    const rows = this.files().map(({ file, lines, branches }) => {
      const missed = lines.filter(({ hits }) => hits === 0).map(({ line }) => line)
      const ran = percent(lines.length - missed.length, lines.length)
      const taken = percent(branches.filter(({ hits }) => hits > 0).length, branches.length)
      return `${file.padEnd(48)} ${ran} ${taken}  ${ranges(missed)}`
    })
    return [`${'file'.padEnd(48)} lines  arms  never ran`, ...rows, ''].join('\n')
  }
}

/** `3, 5-7` of `[3, 5, 6, 7]`. */
const ranges = (numbers: number[]): string => {
  const parts: string[] = []
  for (let i = 0; i < numbers.length; i++) {
    const from = i
    while (numbers[i + 1] === numbers[i]! + 1) i++
    parts.push(from === i ? `${numbers[from]}` : `${numbers[from]}-${numbers[i]}`)
  }
  return parts.join(', ')
}

/** The SDK is compiled as a library; its sources live in the workspace. */
const sourcePath = (path: string): string => path.replace('~lib/proxy-wasm-assemblyscript-sdk/', 'filters/sdk/')
