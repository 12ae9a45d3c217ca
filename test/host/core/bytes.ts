// Bytes and text. Inside the host, header names and values are byte strings: JavaScript strings with one character (0 to
// 255) per byte, so that they compare, print and key maps like strings and still are bytes.

/** What callers may give as a value: text becomes UTF-8. */
export type Data = string | Uint8Array

const utf8 = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const CHUNK = 4096

export const toBytes = (data: Data): Uint8Array => (typeof data === 'string' ? utf8.encode(data) : data)

export const byteString = (bytes: Uint8Array, from = 0, to = bytes.length): string => {
  if (to - from <= CHUNK) return String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[])
  let text = ''
  for (let at = from; at < to; at += CHUNK) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(at + CHUNK, to)) as unknown as number[])
  }
  return text
}

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

export const toByteString = (data: Data): string => {
  if (typeof data === 'string' && isAscii(data)) return data
  return byteString(toBytes(data))
}

export const fromByteString = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** A byte string as people read it: UTF-8 where it is valid, else one character per byte. */
export const readable = (text: string): string => {
  if (isAscii(text)) return text
  try {
    return strict.decode(fromByteString(text))
  } catch {
    return text
  }
}

export const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  if (parts.length === 1) return parts[0]!
  let size = 0
  for (const part of parts) size += part.length
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export const int64 = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, value), true)
  return bytes
}

export const float64 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return bytes
}

/** A body on its way through the filters: what arrived last, or all that was held back. Filters may replace it. */
export class Body {
  #parts: Uint8Array[]
  length: number

  constructor(bytes?: Uint8Array) {
    this.#parts = bytes && bytes.length > 0 ? [bytes] : []
    this.length = bytes?.length ?? 0
  }

  bytes(): Uint8Array {
    if (this.#parts.length === 0) return new Uint8Array(0)
    if (this.#parts.length > 1) this.#parts = [concat(this.#parts)]
    return this.#parts[0]!
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#parts.push(bytes)
    this.length += bytes.length
  }

  prepend(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#parts.unshift(bytes)
    this.length += bytes.length
  }

  /** Takes that many bytes off the beginning. */
  drain(size: number): void {
    const rest = this.bytes().subarray(Math.min(size, this.length))
    this.clear()
    this.append(rest)
  }

  clear(): void {
    this.#parts = []
    this.length = 0
  }

  /** Takes everything out of `other`. */
  move(other: Body): void {
    if (other.length > 0) this.append(other.bytes())
    other.clear()
  }
}
