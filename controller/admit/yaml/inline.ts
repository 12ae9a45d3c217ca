// Values that stand on one line, for block.ts: plain and quoted scalars, flow collections; and keys.
// In: a cursor at the first character. Out: the value, the cursor behind it; or `undefined` for anything unusual.
import type { MapNode, Node, ScalarNode, SeqNode } from './node.ts'
import { plainScalar } from './scalar.ts'

export interface Cursor {
  readonly text: string
  /** At the first character of what comes next, which is never a space or a comment. */
  pos: number
  /** The column of `pos`, where a block may begin. */
  column: number
}

export const MAX_DEPTH = 64
const KEY = /[A-Za-z0-9_./][A-Za-z0-9_./$-]*/y

export const isBreak = (char: number): boolean => char === 0x20 || char === 0x0a || Number.isNaN(char)

/** A simple or quoted key and its colon. Names that mean something else in YAML 1.1 are left to any.ts. */
export const readKey = (c: Cursor): string | undefined => {
  const { text } = c
  const char = text.charCodeAt(c.pos)
  let key: string | undefined
  if (char === 0x22 || char === 0x27) key = quoted(c)?.value as string | undefined
  else {
    KEY.lastIndex = c.pos
    key = KEY.exec(text)?.[0]
    if (key === undefined || typeof plainScalar(key) !== 'string') return undefined
    c.pos += key.length
  }
  if (text.charCodeAt(c.pos) !== 0x3a || !isBreak(text.charCodeAt(c.pos + 1))) return undefined
  c.pos++
  return key
}

/** A value in a block: quoted, flow or plain. */
export const inline = (c: Cursor, depth: number): Node | undefined => {
  const char = c.text[c.pos]!
  if (char === '"' || char === "'") return quoted(c)
  if (char === '{' || char === '[') return flow(c, depth, false)
  const end = c.text.indexOf('\n', c.pos)
  const line = c.text.slice(c.pos, end < 0 ? undefined : end)
  const comment = line.indexOf(' #')
  const plain = withoutTrailingSpaces(comment < 0 ? line : line.slice(0, comment))
  if (!isPlain(plain)) return undefined
  const node: ScalarNode = { kind: 'scalar', at: c.pos, value: plainScalar(plain) }
  c.pos += plain.length
  return node
}

const withoutTrailingSpaces = (text: string): string => {
  let end = text.length
  while (text.charCodeAt(end - 1) === 0x20) end--
  return end === text.length ? text : text.slice(0, end)
}

/** Indicators at the start, `: ` that would make it a key, and numbers that JSON does not have. */
const NOT_PLAIN = /^([[\]{},#&*!|>'"%@`]|[-?:]( |$)|[-+]?\.(inf|nan)$)|:( |$)| #/i
const isPlain = (text: string): boolean => text !== '' && !NOT_PLAIN.test(text)

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none in its strings
const ESCAPED = /^"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/

const quoted = (c: Cursor): ScalarNode | undefined => {
  const at = c.pos
  const { text } = c
  if (text[at] === "'") {
    let end = at + 1
    for (;;) {
      end = text.indexOf("'", end)
      if (end < 0) return undefined
      if (text[end + 1] !== "'") break
      end += 2
    }
    const raw = text.slice(at + 1, end)
    if (/[\n\r]/.test(raw)) return undefined
    c.pos = end + 1
    return { kind: 'scalar', at, value: raw.replaceAll("''", "'") }
  }
  const close = text.indexOf('"', at + 1)
  if (close < 0) return undefined
  const simple = text.slice(at + 1, close)
  if (!simple.includes('\\')) {
    if (/[\n\r]/.test(simple)) return undefined
    c.pos = close + 1
    return { kind: 'scalar', at, value: simple }
  }
  const end = text.indexOf('\n', at)
  const escaped = ESCAPED.exec(text.slice(at, end < 0 ? undefined : end))?.[0]
  if (escaped === undefined) return undefined
  c.pos = at + escaped.length
  return { kind: 'scalar', at, value: JSON.parse(escaped) as string }
}

/** Only a flow collection that is the whole document may go over several lines. */
export const flow = (c: Cursor, depth: number, multiline: boolean): Node | undefined => {
  if (depth > MAX_DEPTH) return undefined
  const at = c.pos
  const isMap = c.text[at] === '{'
  const close = isMap ? '}' : ']'
  const seq: SeqNode = { kind: 'seq', at, items: [] }
  const object: MapNode = { kind: 'map', at, keys: [], keyAt: [], values: [] }
  const seen = new Set<string>()
  c.pos++
  for (;;) {
    skip(c, multiline)
    if (c.text[c.pos] === close) break
    if (isMap) {
      const keyAt = c.pos
      const key = flowKey(c)
      if (key === undefined || seen.has(key)) return undefined
      skip(c, multiline)
      seen.add(key)
      object.keys.push(key)
      object.keyAt.push(keyAt)
    }
    const value = flowValue(c, depth, multiline)
    if (value === undefined) return undefined
    ;(isMap ? object.values : seq.items).push(value)
    skip(c, multiline)
    if (c.text[c.pos] === close) break
    if (c.text[c.pos] !== ',') return undefined
    c.pos++
  }
  c.pos++
  return isMap ? object : seq
}

const skip = (c: Cursor, multiline: boolean): void => {
  for (;;) {
    const char = c.text.charCodeAt(c.pos)
    if (char !== 0x20 && !(multiline && (char === 0x0a || char === 0x0d || char === 0x09))) return
    c.pos++
  }
}

/** A key in braces; behind a quoted one the colon needs no space. */
const flowKey = (c: Cursor): string | undefined => {
  const char = c.text[c.pos]
  if (char !== '"' && char !== "'") return readKey(c)
  const key = quoted(c)?.value as string | undefined
  if (key === undefined || c.text[c.pos] !== ':') return undefined
  c.pos++
  return key
}

const flowValue = (c: Cursor, depth: number, multiline: boolean): Node | undefined => {
  const at = c.pos
  const char = c.text[at]
  if (char === undefined) return undefined
  if (char === '"' || char === "'") return quoted(c)
  if (char === '{' || char === '[') return flow(c, depth + 1, multiline)
  const rest = /[^,[\]{}\n\r\t]*/y
  rest.lastIndex = at
  const plain = withoutTrailingSpaces(rest.exec(c.text)?.[0] ?? '')
  if (!isPlain(plain)) return undefined
  c.pos = at + plain.length
  return { kind: 'scalar', at, value: plainScalar(plain) }
}
