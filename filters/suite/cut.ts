// A module without some of its callbacks: Envoy calls what a module exports, so what is not exported costs nothing. WebAssembly
// bytes and the callbacks to keep in, bytes with a shorter export section out; code and everything else stay as they are.
// https://webassembly.github.io/spec/core/binary/modules.html#export-section

const EXPORTS = 7
const HEADER = 8
/** What every plugin needs. */
const ALWAYS = ['proxy_on_configure', 'proxy_on_tick']

/** @param callbacks names of `proxy_on_…` exports; other exports stay in any case */
export function cut(module: Uint8Array, callbacks: readonly string[]): Uint8Array {
  const kept = new Set([...ALWAYS, ...callbacks])
  const parts = [module.subarray(0, HEADER)]
  for (let at = HEADER; at < module.length; ) {
    const [size, body] = leb(module, at + 1)
    const end = body + size
    parts.push(module[at] === EXPORTS ? section(EXPORTS, shorter(module, body, kept)) : module.subarray(at, end))
    at = end
  }
  return join(parts)
}

/** The content of the export section at `from`: count, then name, kind and index of each. */
function shorter(module: Uint8Array, from: number, kept: ReadonlySet<string>): Uint8Array {
  const entries: Uint8Array[] = []
  let [count, at] = leb(module, from)
  for (; count > 0; count--) {
    const [length, name] = leb(module, at)
    const [, next] = leb(module, name + length + 1)
    const text = new TextDecoder().decode(module.subarray(name, name + length))
    if (!text.startsWith('proxy_on_') || kept.has(text)) entries.push(module.subarray(at, next))
    at = next
  }
  return join([unsigned(entries.length), ...entries])
}

const section = (id: number, content: Uint8Array): Uint8Array =>
  join([Uint8Array.of(id), unsigned(content.length), content])

/** An unsigned LEB128 number, and where it ends. */
function leb(bytes: Uint8Array, from: number): [value: number, end: number] {
  let value = 0
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at]
    if (byte === undefined || shift > 28) throw new RangeError(`no module: bad number at byte ${from}`)
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return [value, at + 1]
  }
}

function unsigned(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>>= 7
  } while (rest)
  return Uint8Array.from(bytes)
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
