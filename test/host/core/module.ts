// Reads a Wasm binary as far as a proxy-wasm host has to: its ABI version, and the types of what it imports. Every way in
// which Envoy would refuse the module is one `ModuleError`, in words that name the culprit.
import { type AbiVersion, importType } from './abi.ts'
import { byteString } from './bytes.ts'

export type ModuleFault =
  | 'not-wasm'
  | 'corrupt'
  | 'no-abi-version'
  | 'missing-import'
  | 'import-type'
  | 'missing-malloc'
  | 'does-not-compile'
  | 'not-metered'

export class ModuleError extends Error {
  override readonly name = 'ModuleError'
  readonly fault: ModuleFault

  constructor(fault: ModuleFault, message: string) {
    super(message)
    this.fault = fault
  }
}

export interface ImportInfo {
  module: string
  name: string
  /** As in `abi.ts`; or `memory`, `table`, `global`. */
  type: string
  /** Of a memory or a table: pages or elements. */
  limits?: { initial: number; maximum?: number }
}

export interface ModuleInfo {
  abi: AbiVersion
  imports: ImportInfo[]
  exports: Set<string>
}

const VALUE_TYPES: Record<number, string> = { 127: 'i', 126: 'I', 125: 'f', 124: 'F', 123: 'v', 112: 'r', 111: 'e' }
const LONG: Record<string, string> = { i: 'i32', I: 'i64', f: 'f32', F: 'f64', v: 'v128', r: 'funcref', e: 'externref' }

/** A cursor over a part of the module. */
export class Reader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  byte(): number {
    if (this.at >= this.end) throw new ModuleError('corrupt', 'The Wasm module is cut off or corrupt.')
    return this.bytes[this.at++]!
  }

  u32(): number {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.byte()
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw new ModuleError('corrupt', 'The Wasm module holds a number that is too long.')
  }

  name(): string {
    const size = this.u32()
    const from = this.at
    if (from + size > this.end) throw new ModuleError('corrupt', 'The Wasm module is cut off inside a name.')
    this.at += size
    return byteString(this.bytes, from, this.at)
  }

  limits(): { initial: number; maximum?: number } {
    const flags = this.byte()
    const initial = this.u32()
    return flags & 1 ? { initial, maximum: this.u32() } : { initial }
  }
}

const readTypes = (reader: Reader): string[] => {
  const types: string[] = []
  const list = (): string => {
    let text = ''
    for (let n = reader.u32(); n > 0; n--) text += VALUE_TYPES[reader.byte()] ?? '?'
    return text
  }
  for (let n = reader.u32(); n > 0; n--) {
    // Anything newer than plain function types cannot be an import of ours.
    if (reader.byte() !== 0x60) return types
    const params = list()
    types.push(`${params}>${list()}`)
  }
  return types
}

const readImports = (reader: Reader, types: string[]): ModuleInfo['imports'] => {
  const imports: ModuleInfo['imports'] = []
  for (let n = reader.u32(); n > 0; n--) {
    const module = reader.name()
    const name = reader.name()
    const kind = reader.byte()
    if (kind === 0) imports.push({ module, name, type: types[reader.u32()] ?? '?' })
    else if (kind === 1) {
      reader.byte()
      imports.push({ module, name, type: 'table', limits: reader.limits() })
    } else if (kind === 2) {
      imports.push({ module, name, type: 'memory', limits: reader.limits() })
    } else if (kind === 3) {
      reader.at += 2
      imports.push({ module, name, type: 'global' })
    } else return imports
  }
  return imports
}

const readExports = (reader: Reader): Set<string> => {
  const names = new Set<string>()
  for (let n = reader.u32(); n > 0; n--) {
    const name = reader.name()
    if (reader.byte() === 0) names.add(name)
    reader.u32()
  }
  return names
}

const abiOf = (names: Set<string>): AbiVersion | undefined => {
  for (const name of names) {
    if (name === 'proxy_abi_version_0_1_0') return '0.1.0'
    if (name === 'proxy_abi_version_0_2_0') return '0.2.0'
    if (name === 'proxy_abi_version_0_2_1') return '0.2.1'
  }
  return undefined
}

const printType = (type: string): string => {
  const [params = '', results = ''] = type.split('>')
  const list = (letters: string): string => (letters === '' ? 'void' : [...letters].map(c => LONG[c] ?? c).join(' '))
  return `${list(params)} -> ${list(results)}`
}

/** Throws a `ModuleError` where Envoy would not load these bytes. */
export const inspect = (bytes: Uint8Array): ModuleInfo => {
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    throw new ModuleError('not-wasm', 'This is not a Wasm module: it does not begin with the bytes \\0asm.')
  }
  const reader = new Reader(bytes, 8, bytes.length)
  let types: string[] = []
  let imports: ModuleInfo['imports'] = []
  let exports = new Set<string>()
  while (reader.at < reader.end) {
    const id = reader.byte()
    const size = reader.u32()
    const end = reader.at + size
    if (end > bytes.length) throw new ModuleError('corrupt', 'The Wasm module is cut off inside a section.')
    const section = new Reader(bytes, reader.at, end)
    if (id === 1) types = readTypes(section)
    if (id === 2) imports = readImports(section, types)
    if (id === 7) exports = readExports(section)
    reader.at = end
  }
  const abi = abiOf(exports)
  if (abi === undefined) {
    throw new ModuleError(
      'no-abi-version',
      'The module exports no proxy-wasm ABI version: expected a function proxy_abi_version_0_2_1 (or 0_2_0, 0_1_0).',
    )
  }
  for (const { module, name, type } of imports) checkImport(abi, module, name, type)
  if (!exports.has('malloc') && !exports.has('proxy_on_memory_allocate')) {
    throw new ModuleError('missing-malloc', 'The module exports neither malloc nor proxy_on_memory_allocate.')
  }
  return { abi, imports, exports }
}

const checkImport = (abi: AbiVersion, module: string, name: string, type: string): void => {
  if (type === 'memory' || type === 'table') return
  const offered = type === 'global' ? undefined : importType(abi, module, name)
  if (offered === undefined) {
    throw new ModuleError('missing-import', `The module imports ${module}.${name}, which no host of ABI ${abi} offers.`)
  }
  if (offered !== type) {
    throw new ModuleError(
      'import-type',
      `The module imports ${module}.${name} as ${printType(type)}, but hosts offer ${printType(offered)}.`,
    )
  }
}
