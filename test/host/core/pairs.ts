// Lists of pairs as they cross the border: count, then the sizes of each name and value, then the bytes, each closed by a
// NUL. Reading is as strict as Envoy's (`PairsUtil::toPairs`): anything odd is an empty list.
import { byteString } from './bytes.ts'

export type Pair = readonly [name: string, value: string]

const MAX_BYTES = 1024 * 1024
const MAX_COUNT = 1024

export const pairsSize = (pairs: readonly Pair[]): number => {
  let size = 4
  for (const [name, value] of pairs) size += 8 + name.length + 1 + value.length + 1
  return size
}

const write = (into: Uint8Array, at: number, text: string): number => {
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i)
  into[at + text.length] = 0
  return at + text.length + 1
}

/** Writes into `bytes`, which must hold `pairsSize` bytes from `at` on. */
export const writePairs = (pairs: readonly Pair[], bytes: Uint8Array, at: number): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setUint32(at, pairs.length, true)
  let sizes = at + 4
  let data = sizes + pairs.length * 8
  for (const [name, value] of pairs) {
    view.setUint32(sizes, name.length, true)
    view.setUint32(sizes + 4, value.length, true)
    sizes += 8
    data = write(bytes, write(bytes, data, name), value)
  }
}

export const encodePairs = (pairs: readonly Pair[]): Uint8Array => {
  const bytes = new Uint8Array(pairsSize(pairs))
  writePairs(pairs, bytes, 0)
  return bytes
}

export const readPairs = (bytes: Uint8Array): Pair[] => {
  if (bytes.length > MAX_BYTES || bytes.length < 4) return []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = view.getUint32(0, true)
  if (count > MAX_COUNT || 4 + count * 8 > bytes.length) return []
  const pairs: Pair[] = []
  let data = 4 + count * 8
  for (let i = 0; i < count; i++) {
    const nameEnd = data + view.getUint32(4 + i * 8, true)
    const valueEnd = nameEnd + 1 + view.getUint32(8 + i * 8, true)
    if (valueEnd + 1 > bytes.length || bytes[nameEnd] !== 0 || bytes[valueEnd] !== 0) return []
    pairs.push([byteString(bytes, data, nameEnd), byteString(bytes, nameEnd + 1, valueEnd)])
    data = valueEnd + 1
  }
  return data === bytes.length ? pairs : []
}
