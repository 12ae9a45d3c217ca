// A module's source map (version 3, as asc, clang and others write it: the generated column is the byte's offset in the module):
// from "byte 0x1a3" to "assembly/index.ts:12:5". What is no source map gives no places, never an error.

export interface Place {
  file: string
  /** From 1, as editors count. */
  line: number
  column: number
}

export interface SourceMap {
  /** The place of the instruction at this offset. */
  at(offset: number): Place | undefined
}

interface Segment {
  offset: number
  source: number
  line: number
  column: number
}

const DIGITS = new Map(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((digit, value) => [digit, value]),
)

/** The numbers of one segment: base 64, five bits a digit, the lowest of the first the sign. */
const numbers = (text: string): number[] => {
  const all: number[] = []
  let value = 0
  let shift = 0
  for (const character of text) {
    const digit = DIGITS.get(character) ?? 0
    value += (digit & 31) * 2 ** shift
    shift += 5
    if (digit >= 32) continue
    all.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2)
    value = 0
    shift = 0
  }
  return all
}

const segments = (mappings: string): Segment[] => {
  const all: Segment[] = []
  const at = { offset: 0, source: 0, line: 0, column: 0 }
  // A module is one line.
  for (const text of mappings.split(';')[0]!.split(',')) {
    const [offset = 0, source, line = 0, column = 0] = numbers(text)
    at.offset += offset
    if (source === undefined) continue
    at.source += source
    at.line += line
    at.column += column
    all.push({ ...at })
  }
  return all.sort((a, b) => a.offset - b.offset)
}

const isMap = (value: unknown): value is { sources: string[]; mappings: string } =>
  typeof value === 'object' &&
  value !== null &&
  'mappings' in value &&
  typeof value.mappings === 'string' &&
  'sources' in value &&
  Array.isArray(value.sources)

const parse = (text: string): { sources: string[]; mappings: string } => {
  try {
    const value: unknown = JSON.parse(text)
    return isMap(value) ? value : { sources: [], mappings: '' }
  } catch {
    return { sources: [], mappings: '' }
  }
}

export const readSourceMap = (text: string): SourceMap => {
  const { sources, mappings } = parse(text)
  const all = segments(mappings)
  const at = (offset: number): Place | undefined => {
    let low = 0
    let high = all.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (all[middle]!.offset <= offset) low = middle + 1
      else high = middle
    }
    const segment = all[low - 1]
    const file = segment && sources[segment.source]
    return file === undefined ? undefined : { file, line: segment!.line + 1, column: segment!.column + 1 }
  }
  return { at }
}

const print = ({ file, line, column }: Place): string => `${file}:${line}:${column}`

/** The engine's frames of a module, each with its place; and the place to tell first: the innermost that is no library's. */
export const locate = (frames: readonly string[], map: SourceMap): { frames: string[]; place: string | undefined } => {
  const places = frames.map(frame => {
    const offset = /:0x([0-9a-f]+)\)?$/.exec(frame)
    return offset ? map.at(Number.parseInt(offset[1]!, 16)) : undefined
  })
  const own = places.find(place => place && !place.file.startsWith('~lib/')) ?? places.find(place => place)
  return {
    frames: frames.map((frame, i) => (places[i] ? `${frame} ${print(places[i])}` : frame)),
    place: own && print(own),
  }
}
