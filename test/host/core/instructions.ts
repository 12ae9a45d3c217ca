// Where an instruction of a Wasm function ends: the cursor stands behind the opcode and is moved past what belongs to it
// (WebAssembly core specification 3.0, chapter 5.4). Throws a `StrangeInstruction` for what it does not know.
import type { Reader } from './module.ts'

export const Op = { Loop: 0x03, Call: 0x10, CallIndirect: 0x11, ReturnCall: 0x12, ReturnCallIndirect: 0x13 } as const

export class StrangeInstruction extends Error {
  override readonly name = 'StrangeInstruction'
}

/** Moves the cursor past the immediates of `opcode`. */
export const passImmediates = (reader: Reader, opcode: number): void => {
  const form = FORMS[opcode]
  if (form === undefined) throw strange(opcode)
  form(reader)
}

/** Moves it past the declarations of a function's locals. */
export const passLocals = (reader: Reader): void => {
  for (let n = reader.u32(); n > 0; n--) {
    number(reader)
    valueType(reader)
  }
}

type Form = (reader: Reader) => void

const strange = (...bytes: number[]): StrangeInstruction =>
  new StrangeInstruction(`the instruction ${bytes.map(byte => `0x${byte.toString(16).padStart(2, '0')}`).join(' ')}`)

const nothing: Form = () => {}

/** A number in LEB128, of any length: an engine that compiles the module sees to the rest. */
const number: Form = reader => {
  while (reader.byte() >= 128) {}
}

const numbers: Form = reader => {
  number(reader)
  number(reader)
}

const bytes =
  (count: number): Form =>
  reader => {
    for (let i = 0; i < count; i++) reader.byte()
  }

/** `(ref ht)` and `(ref null ht)` are followed by a heap type: typed references, which no SDK emits. */
const valueType: Form = reader => {
  const type = reader.byte()
  if (type === 0x63 || type === 0x64) throw new StrangeInstruction('a typed reference')
}

/** A value type, nothing (0x40) or the index of a type. */
const blockType: Form = reader => {
  const first = reader.byte()
  if (first === 0x63 || first === 0x64) throw new StrangeInstruction('a typed reference')
  if (first >= 128) number(reader)
}

/** Alignment, with bit 6 the index of a memory, then the offset. */
const memory: Form = reader => {
  if (reader.u32() & 64) number(reader)
  number(reader)
}

const labels: Form = reader => {
  for (let n = reader.u32() + 1; n > 0; n--) number(reader)
}

const selectTypes: Form = reader => {
  for (let n = reader.u32(); n > 0; n--) valueType(reader)
}

/** Saturating conversions, then memory and table in bulk. */
const BULK: readonly Form[] = [
  ...Array.from({ length: 8 }, () => nothing),
  numbers, // memory.init
  number, // data.drop
  numbers, // memory.copy
  number, // memory.fill
  numbers, // table.init
  number, // elem.drop
  numbers, // table.copy
  number, // table.grow
  number, // table.size
  number, // table.fill
]

const bulk: Form = reader => {
  const code = reader.u32()
  const form = BULK[code]
  if (form === undefined) throw strange(0xfc, code)
  form(reader)
}

/** The last of the relaxed SIMD instructions. */
const VECTOR_LAST = 0x113

const vector: Form = reader => {
  const code = reader.u32()
  if (code > VECTOR_LAST) throw strange(0xfd, code)
  if (code <= 11 || code === 92 || code === 93) return memory(reader)
  if (code <= 13) return bytes(16)(reader)
  if (code >= 21 && code <= 34) return void reader.byte()
  if (code < 84 || code > 91) return
  memory(reader)
  reader.byte()
}

const range = (from: number, to: number, form: Form): [number, Form][] =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, form])

/** By opcode. Threads (0xfe), garbage collection (0xfb) and what is to come are not here. */
const FORMS: Readonly<Record<number, Form>> = Object.fromEntries([
  ...range(0x00, 0x01, nothing),
  ...range(0x02, 0x04, blockType), // block, loop, if
  [0x05, nothing], // else
  [0x06, blockType], // try, of the exceptions that emscripten writes
  ...range(0x07, 0x09, number), // catch, throw, rethrow
  [0x0b, nothing], // end
  ...range(0x0c, 0x0d, number), // br, br_if
  [0x0e, labels],
  [0x0f, nothing], // return
  [Op.Call, number],
  [Op.CallIndirect, numbers],
  [Op.ReturnCall, number],
  [Op.ReturnCallIndirect, numbers],
  [0x18, number], // delegate
  [0x19, nothing], // catch_all
  ...range(0x1a, 0x1b, nothing), // drop, select
  [0x1c, selectTypes],
  ...range(0x20, 0x26, number), // locals, globals, tables
  ...range(0x28, 0x3e, memory),
  ...range(0x3f, 0x42, number), // memory.size, memory.grow, i32.const, i64.const
  [0x43, bytes(4)],
  [0x44, bytes(8)],
  ...range(0x45, 0xc4, nothing),
  [0xd0, number], // ref.null
  [0xd1, nothing],
  [0xd2, number], // ref.func
  [0xfc, bulk],
  [0xfd, vector],
])
