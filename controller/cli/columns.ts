// Rows of cells in, text in columns out: each as wide as it has to be, long lines of words broken. Ten thousand rows take some
// milliseconds: while they are made nothing else is done.
import { stripVTControlCharacters } from 'node:util'

/** Of one row: what stands in a column, in lines. May hold colours. */
export type Cells = readonly (readonly string[])[]

const GAP = 2

export function inColumns(rows: readonly Cells[]): string {
  const widths: number[] = []
  for (const cells of rows)
    for (const [column, lines] of cells.entries())
      for (const line of lines) widths[column] = Math.max(widths[column] ?? 0, widthOf(line))
  return rows.flatMap(cells => linesOf(cells, widths)).join('')
}

const linesOf = (cells: Cells, widths: readonly number[]): string[] =>
  Array.from({ length: Math.max(...cells.map(lines => lines.length)) }, (_, n) => {
    const line = cells.map((lines, column) => padded(lines[n] ?? '', widths[column]! + GAP)).join('')
    return `${line.trimEnd()}\n`
  })

const padded = (text: string, width: number): string => text + ' '.repeat(width - widthOf(text))

const widthOf = (text: string): number => (text.includes('\u001b') ? stripVTControlCharacters(text) : text).length

/** Broken between words; a word that does not fit into a line is cut. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    let rest = line === '' ? word : `${line} ${word}`
    for (; rest.length > width; rest = rest.slice(width)) lines.push(rest.slice(0, width))
    line = rest
  }
  return [...lines, line]
}
