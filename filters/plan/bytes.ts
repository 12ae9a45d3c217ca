// Growing and reading little-endian bytes: what encoder and decoder share. A reader that runs over its end says so once,
// through `ok`, and gives zeros from then on.

export interface Writer {
  u8(value: number): void
  u16(value: number): void
  u32(value: number): void
  bytes(value: Uint8Array): void
  /** Length as u16, then the bytes. */
  text(value: string): void
  /** What `body` writes, with its length as u32 before it. */
  sized(body: () => void): void
  done(): Uint8Array
}

const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function writer(): Writer {
  let buffer = new Uint8Array(256)
  let used = 0
  const room = (bytes: number): DataView => {
    if (used + bytes > buffer.length) {
      const bigger = new Uint8Array(Math.max(buffer.length * 2, used + bytes))
      bigger.set(buffer)
      buffer = bigger
    }
    used += bytes
    return new DataView(buffer.buffer, used - bytes, bytes)
  }
  const bytes = (value: Uint8Array): void => {
    room(value.length)
    buffer.set(value, used - value.length)
  }
  return {
    u8: value => room(1).setUint8(0, value),
    u16: value => room(2).setUint16(0, value, true),
    u32: value => room(4).setUint32(0, value, true),
    bytes,
    text: value => {
      const encoded = utf8.encode(value)
      room(2).setUint16(0, encoded.length, true)
      bytes(encoded)
    },
    sized: body => {
      const at = used
      room(4)
      body()
      new DataView(buffer.buffer).setUint32(at, used - at - 4, true)
    },
    done: () => buffer.slice(0, used),
  }
}

export interface Reader {
  u8(): number
  u16(): number
  u32(): number
  text(): string
  /** The text of the next `length` bytes. */
  raw(length: number): string
  /** A reader of the next `length` bytes. */
  part(length: number): Reader
  /** More to read, and nothing has gone wrong. */
  more(): boolean
  ok(): boolean
}

export function reader(bytes: Uint8Array): Reader {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  let good = true
  const parts: Reader[] = []
  const advance = (count: number): number | undefined => {
    if (count > bytes.length - at) good = false
    if (!good) return undefined
    at += count
    return at - count
  }
  const number = (count: number, get: (offset: number) => number) => (): number => {
    const offset = advance(count)
    return offset === undefined ? 0 : get(offset)
  }
  const slice = (length: number): Uint8Array => {
    const offset = advance(length)
    return offset === undefined ? new Uint8Array() : bytes.subarray(offset, offset + length)
  }
  const raw = (length: number): string => {
    try {
      return strictUtf8.decode(slice(length))
    } catch {
      good = false
      return ''
    }
  }
  const u16 = number(2, offset => data.getUint16(offset, true))
  return {
    u8: number(1, offset => data.getUint8(offset)),
    u16,
    u32: number(4, offset => data.getUint32(offset, true)),
    raw,
    text: () => raw(u16()),
    part: length => {
      const inner = reader(slice(length))
      parts.push(inner)
      return inner
    },
    more: () => good && at < bytes.length,
    ok: () => good && parts.every(part => part.ok()),
  }
}
