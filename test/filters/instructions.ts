// Takes a module apart: the bytes in, the instructions of each function of its own out. Knows the instructions that our compiler
// writes (MVP, sign extension, saturating conversions, bulk memory) and throws at any other.

export interface Instruction {
  opcode: number
  /** The function that a `call` calls. */
  callee?: number
}

export interface Disassembled {
  /** Names of imported functions, by index. */
  imports: string[]
  /** By index behind the imports. */
  functions: Instruction[][]
}

export const UNREACHABLE = 0x00
export const CALL = 0x10
export const CALL_INDIRECT = 0x11

export function disassemble(bytes: Uint8Array): Disassembled {
  const read = reader(bytes, 8)
  const imports: string[] = []
  const functions: Instruction[][] = []
  while (read.at() < bytes.length) {
    const id = read.byte()
    const size = read.number()
    const end = read.at() + size
    if (id === 2) importSection(read, imports)
    if (id === 10) for (let left = read.number(); left > 0; left--) functions.push(body(read))
    read.go(end)
  }
  return { imports, functions }
}

type Reader = ReturnType<typeof reader>

function reader(bytes: Uint8Array, from: number) {
  let at = from
  const byte = (): number => bytes[at++]!
  const number = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const part = byte()
      value += (part & 127) * 2 ** shift
      if (part < 128) return value
    }
  }
  return {
    byte,
    number,
    at: (): number => at,
    go: (to: number): void => {
      at = to
    },
  }
}

function importSection(read: Reader, names: string[]): void {
  for (let left = read.number(); left > 0; left--) {
    const [module, name] = [text(read), text(read)]
    if (read.byte() !== 0) throw new Error(`${module}.${name} is no function`)
    read.number()
    names.push(name)
  }
}

/** The length first, then the bytes: not in one expression, which would read the start too early. */
function text(read: Reader): string {
  const length = read.number()
  let value = ''
  for (let i = 0; i < length; i++) value += String.fromCharCode(read.byte())
  return value
}

function body(read: Reader): Instruction[] {
  const size = read.number()
  const end = read.at() + size
  for (let groups = read.number(); groups > 0; groups--) {
    read.number()
    read.byte()
  }
  const instructions: Instruction[] = []
  while (read.at() < end) instructions.push(instruction(read))
  if (read.at() !== end) throw new Error('an instruction runs over the end of its function')
  return instructions
}

function instruction(read: Reader): Instruction {
  const opcode = read.byte()
  if (opcode === CALL) return { opcode, callee: read.number() }
  for (let left = immediates(opcode, read); left > 0; left--) read.number()
  return { opcode }
}

/** How many numbers stand behind an opcode. */
function immediates(opcode: number, read: Reader): number {
  if (opcode <= 0x01 || opcode === 0x05 || opcode === 0x0b || opcode === 0x0f) return 0
  if (opcode <= 0x04 || opcode === 0x0c || opcode === 0x0d) return 1
  // Every label of a table, and the default.
  if (opcode === 0x0e) return read.number() + 1
  if (opcode === CALL_INDIRECT) return 2
  if (opcode === 0x1a || opcode === 0x1b) return 0
  if (opcode >= 0x20 && opcode <= 0x24) return 1
  if (opcode >= 0x28 && opcode <= 0x3e) return 2
  if (opcode >= 0x3f && opcode <= 0x42) return 1
  if (opcode === 0x43 || opcode === 0x44) {
    read.go(read.at() + (opcode === 0x43 ? 4 : 8))
    return 0
  }
  if (opcode >= 0x45 && opcode <= 0xc4) return 0
  if (opcode === 0xfc) {
    const more = read.number()
    if (more <= 7) return 0
    // memory.init, data.drop, memory.copy, memory.fill
    if (more <= 11) return [2, 1, 2, 1][more - 8]!
  }
  throw new Error(`unknown instruction 0x${opcode.toString(16)}`)
}
