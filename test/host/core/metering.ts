// A metered copy of a module: every round of a loop, every call of a function that itself calls, and every call of the host
// takes from a budget in an added global, and a module that has used it up traps. Bytes in, bytes out; indices stay as they are,
// because all that is added is appended; offsets move, and `original` takes them back.
import { Op, passImmediates, passLocals, StrangeInstruction } from './instructions.ts'
import { ModuleError, type ModuleInfo, Reader } from './module.ts'

export interface Metered {
  bytes: Uint8Array
  /** How much a callback may take. */
  budget: number
  /** Name of the exported global (i32) that holds what is left; below 0 when it was not enough. */
  left: string
  /** Name of the exported function that was the module's start section: it may be endless, too. */
  start: string | undefined
  /** The offset in the module of what stands at this offset of the copy. */
  original(offset: number): number
}

export type Metering = { ok: true; metered: Metered } | { ok: false; reason: string }

/** The global is an i32. */
export const BUDGET_MAX = 0x7fffffff

/** A call of the host costs as much as this many rounds of a loop: about what it takes in time. */
const HOST_CALL = 100

/** The copy, with this budget to begin with; or why there is none. */
export const meter = (bytes: Uint8Array, { imports, exports }: ModuleInfo, budget: number): Metering => {
  const imported = imports.filter(({ type }) => type.includes('>')).length
  try {
    return { ok: true, metered: copyOf(bytes, { imported, budget, left: free('sluice_budget', exports) }, exports) }
  } catch (error) {
    if (error instanceof StrangeInstruction) return { ok: false, reason: `it contains ${error.message}` }
    if (error instanceof ModuleError) return { ok: false, reason: error.message }
    throw error
  }
}

interface Terms {
  /** How many functions are imported: they have the lowest indices. */
  imported: number
  budget: number
  left: string
}

/** Bytes of the copy: taken from the module, or new and standing for one place in it. */
interface Piece {
  bytes: Uint8Array
  from: number
  taken: boolean
}

const Section = { Global: 6, Export: 7, Start: 8, Code: 10 } as const
const Kind = { Function: 0, Global: 3 } as const

const copyOf = (bytes: Uint8Array, terms: Terms, exports: ReadonlySet<string>): Metered => {
  const { left } = terms
  const sections = sectionsOf(bytes)
  const startAt = sections.find(({ id }) => id === Section.Start)
  const started = startAt && new Reader(bytes, startAt.from, startAt.to).u32()
  const start = started === undefined ? undefined : free('sluice_start', exports)
  const globals = sections.find(({ id }) => id === Section.Global)
  const global = globals ? new Reader(bytes, globals.from, globals.to).u32() : 0
  const pieces: Piece[] = [take(bytes, 0, 8)]
  const variable = [0x7f, 1, 0x41, ...signed(terms.budget), 0x0b]
  const named = [exportOf(left, Kind.Global, global)]
  if (start !== undefined) named.push(exportOf(start, Kind.Function, started!))
  for (const { id, at, from, to } of sections) {
    const write = (content: Piece[]): void => {
      pieces.push(fresh([id, ...unsigned(sizeOf(content))], at), ...content)
    }
    // Every module has exports, and globals go before them.
    if (id === Section.Export && !globals) pieces.push(fresh([6, ...unsigned(variable.length + 1), 1, ...variable], at))
    if (id === Section.Global) write(appended(bytes, from, to, [variable]))
    else if (id === Section.Export) write(appended(bytes, from, to, named))
    else if (id === Section.Code) write(meteredCode(new Reader(bytes, from, to), global, terms))
    else if (id !== Section.Start) pieces.push(take(bytes, at, to))
  }
  return { ...joined(pieces), budget: terms.budget, left, start }
}

/** Sections with the offsets of their id, content and end. */
const sectionsOf = (bytes: Uint8Array): { id: number; at: number; from: number; to: number }[] => {
  const reader = new Reader(bytes, 8, bytes.length)
  const sections = []
  while (reader.at < reader.end) {
    const at = reader.at
    const id = reader.byte()
    const size = reader.u32()
    sections.push({ id, at, from: reader.at, to: reader.at + size })
    reader.at += size
  }
  return sections
}

/** A section's vector with more elements at its end. */
const appended = (bytes: Uint8Array, from: number, to: number, elements: number[][]): Piece[] => {
  const reader = new Reader(bytes, from, to)
  const count = reader.u32() + elements.length
  return [fresh(unsigned(count), from), take(bytes, reader.at, to), fresh(elements.flat(), to)]
}

const meteredCode = (reader: Reader, global: number, terms: Terms): Piece[] => {
  const from = reader.at
  const count = reader.u32()
  const pieces = [take(reader.bytes, from, reader.at)]
  const [round, hostCall] = [1, HOST_CALL].map(cost => charge(global, cost))
  for (let n = count; n > 0; n--) {
    const at = reader.at
    const size = reader.u32()
    const body = new Reader(reader.bytes, reader.at, reader.at + size)
    const metered = meteredBody(body, terms.imported, round!, hostCall!)
    pieces.push(fresh(unsigned(sizeOf(metered)), at), ...metered)
    reader.at += size
  }
  return pieces
}

const meteredBody = (body: Reader, imported: number, round: Uint8Array, hostCall: Uint8Array): Piece[] => {
  const from = body.at
  passLocals(body)
  const first = body.at
  const inserted: { at: number; bytes: Uint8Array }[] = []
  let calls = false
  while (body.at < body.end) {
    const at = body.at
    const opcode = body.byte()
    const direct = opcode === Op.Call || opcode === Op.ReturnCall
    calls ||= direct || opcode === Op.CallIndirect || opcode === Op.ReturnCallIndirect
    if (direct && body.u32() < imported) inserted.push({ at, bytes: hostCall })
    if (!direct) passImmediates(body, opcode)
    if (opcode === Op.Loop) inserted.push({ at: body.at, bytes: round })
  }
  // Without calls and loops a function ends soon, and cannot recur.
  if (calls) inserted.unshift({ at: first, bytes: round })
  const pieces: Piece[] = []
  let done = from
  for (const { at, bytes } of inserted) {
    pieces.push(take(body.bytes, done, at), { bytes, from: at, taken: false })
    done = at
  }
  return [...pieces, take(body.bytes, done, body.end)]
}

/** Takes `cost` from what is left, and traps when that was not enough. Leaves the stack as it is. */
const charge = (global: number, cost: number): Uint8Array => {
  const index = unsigned(global)
  const get = [0x23, ...index]
  const less = [...get, 0x41, ...signed(cost), 0x6b, 0x24, ...index]
  return Uint8Array.from([...less, ...get, 0x41, 0, 0x48, 0x04, 0x40, 0x00, 0x0b])
}

const exportOf = (name: string, kind: number, index: number): number[] => [
  name.length,
  ...new TextEncoder().encode(name),
  kind,
  ...unsigned(index),
]

/** A name that the module does not export yet. */
const free = (name: string, taken: ReadonlySet<string>): string => (taken.has(name) ? free(`${name}_`, taken) : name)

const take = (bytes: Uint8Array, from: number, to: number): Piece => ({
  bytes: bytes.subarray(from, to),
  from,
  taken: true,
})

const fresh = (bytes: number[], from: number): Piece => ({ bytes: Uint8Array.from(bytes), from, taken: false })

const sizeOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)

const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)])

const signed = (value: number): number[] => (value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)])

const joined = (pieces: readonly Piece[]): Pick<Metered, 'bytes' | 'original'> => {
  const bytes = new Uint8Array(sizeOf(pieces))
  const starts = new Uint32Array(pieces.length)
  let at = 0
  for (const [i, piece] of pieces.entries()) {
    bytes.set(piece.bytes, at)
    starts[i] = at
    at += piece.bytes.length
  }
  const original = (offset: number): number => {
    let low = 0
    let high = pieces.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= offset) low = middle + 1
      else high = middle
    }
    const piece = pieces[low - 1]
    if (!piece) return offset
    return piece.taken ? piece.from + offset - starts[low - 1]! : piece.from
  }
  return { bytes, original }
}
