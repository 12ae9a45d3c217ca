// Bytes of an ELF binary in, the protobuf file descriptors linked into it out. protoc's C++ output places every
// serialised FileDescriptorProto in the section `protodesc_cold`, so the binary we run is itself the exact source of its
// schema; copies published elsewhere are older.
import { fromBinary } from '@bufbuild/protobuf'
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'

/** Reads `length` bytes at `offset` of the binary: a file of 100 MB need not be in memory. */
export type ReadAt = (offset: number, length: number) => Uint8Array

/** Every file descriptor of the binary, sorted by name. */
export const readDescriptors = (readAt: ReadAt): FileDescriptorProto[] =>
  scanDescriptors(readSection(readAt, 'protodesc_cold')).sort((a, b) => (a.name < b.name ? -1 : 1))

/** One section of a little-endian 64-bit ELF file (ELF-64 Object File Format, figures 2 and 8). */
export const readSection = (readAt: ReadAt, wanted: string): Uint8Array => {
  const header = view(readAt(0, 64))
  if (header.getUint32(0) !== 0x7f454c46) throw new Error('not an ELF file')
  const entrySize = header.getUint16(58, true)
  const count = header.getUint16(60, true)
  const table = view(readAt(Number(header.getBigUint64(40, true)), entrySize * count))
  const section = (index: number) => ({
    name: table.getUint32(index * entrySize, true),
    offset: Number(table.getBigUint64(index * entrySize + 24, true)),
    size: Number(table.getBigUint64(index * entrySize + 32, true)),
  })
  const nameTable = section(header.getUint16(62, true))
  const names = new TextDecoder('latin1').decode(readAt(nameTable.offset, nameTable.size))
  for (let index = 0; index < count; index++) {
    const { name, offset, size } = section(index)
    if (names.slice(name, names.indexOf('\0', name)) === wanted) return readAt(offset, size)
  }
  throw new Error(`no section ${wanted}`)
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const NAME_TAG = 10
const NAME_FIELD = 1
const LENGTH_DELIMITED = 2
// Fields of FileDescriptorProto by wire type (descriptor.proto).
const MESSAGE_FIELDS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15])
const NUMBER_FIELDS = new Set([10, 11, 14])

/** The section is a run of descriptors with padding between them; each begins with its name, and only there. */
const scanDescriptors = (bytes: Uint8Array): FileDescriptorProto[] => {
  const found: FileDescriptorProto[] = []
  let at = 0
  while (at < bytes.length) {
    const end = bytes[at] === NAME_TAG ? endOfDescriptor(bytes, at) : at
    const file = end > at ? parse(bytes.subarray(at, end)) : undefined
    if (file) found.push(file)
    at = file ? end : at + 1
  }
  return found
}

const parse = (bytes: Uint8Array): FileDescriptorProto | undefined => {
  try {
    const file = fromBinary(FileDescriptorProtoSchema, bytes)
    return file.name.endsWith('.proto') ? file : undefined
  } catch {
    return undefined
  }
}

/** The first offset behind `start` where no further field of the same descriptor can begin. */
const endOfDescriptor = (bytes: Uint8Array, start: number): number => {
  let at = start
  while (at < bytes.length) {
    const [tag, body] = varint(bytes, at)
    const field = tag >>> 3
    const wireType = tag & 7
    if (field === NAME_FIELD && at !== start) break
    if (wireType === LENGTH_DELIMITED && MESSAGE_FIELDS.has(field)) {
      const [length, content] = varint(bytes, body)
      if (content + length > bytes.length) break
      at = content + length
    } else if (wireType === 0 && NUMBER_FIELDS.has(field)) {
      at = varint(bytes, body)[1]
    } else break
  }
  return at
}

const varint = (bytes: Uint8Array, start: number): [value: number, end: number] => {
  let value = 0
  let at = start
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0
    value += (byte & 127) * 2 ** shift
    if (byte < 128) break
  }
  return [value, at]
}
