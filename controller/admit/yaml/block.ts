// The YAML that nearly every manifest is written in, read fast: block maps and lists, one-line scalars and flow
// collections, comments. In: the text of one document. Out: its tree, or `undefined` when anything in the text is not
// plainly of this kind; then any.ts reads it with the `yaml` package, whose answer counts.
// Ten to twenty times faster than the package: ten thousand routes are read in a fraction of a second.
import type { MapNode, Node, ScalarNode, SeqNode } from './node.ts'
import { plainScalar } from './scalar.ts'

const MAX_DEPTH = 64
const KEY = /[A-Za-z0-9_./][A-Za-z0-9_./$-]*/y
/** Foreign line breaks, and markers of documents. */
const UNUSUAL = /[\u0085\u2028\u2029\ufeff]|^(---|\.\.\.)/m
const TABS = /[\t\r]/

/** `undefined`: not of this kind. `null`: no value in it. */
export const readBlock = (text: string): Node | null | undefined => {
  if (UNUSUAL.test(text)) return undefined
  const cursor: Cursor = { text, pos: 0, column: 0 }
  if (!nextLine(cursor)) return TABS.test(text) ? undefined : null
  const char = text[cursor.pos]
  const isFlow = char === '{' || char === '['
  if (TABS.test(text) && !(isFlow && isJson(text))) return undefined
  if (!isFlow) {
    const root = block(cursor, 0)
    return cursor.pos < text.length ? undefined : root
  }
  const root = flow(cursor, 0, true)
  return root && !/[^ \t\r\n]/.test(text.slice(cursor.pos)) ? root : undefined
}

/** JSON may be set with tabs, which YAML allows in few places. */
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

interface Cursor {
  readonly text: string
  /** At the first character of what comes next, which is never a space or a comment. */
  pos: number
  /** The column of `pos`, where a block may begin. */
  column: number
}

/** Skips to the next line that says something. False at the end. Must be called at the end of a line or at the start. */
const nextLine = (c: Cursor): boolean => {
  const { text } = c
  for (let pos = c.pos; pos < text.length; ) {
    let at = pos
    while (text.charCodeAt(at) === 0x20) at++
    const char = text.charCodeAt(at)
    if (at >= text.length) break
    if (char === 0x0a) pos = at + 1
    else if (char === 0x23) {
      const end = text.indexOf('\n', at)
      pos = end < 0 ? text.length : end + 1
    } else {
      c.pos = at
      c.column = at - pos
      return true
    }
  }
  c.pos = text.length
  c.column = -1
  return false
}

/** After a value: only spaces and a comment may follow; moves to the start of the next line. */
const endOfLine = (c: Cursor): boolean => {
  const { text } = c
  let at = c.pos
  while (text.charCodeAt(at) === 0x20) at++
  const char = text.charCodeAt(at)
  if (at < text.length && char !== 0x0a && !(char === 0x23 && at > c.pos)) return false
  const end = text.indexOf('\n', at)
  c.pos = end < 0 ? text.length : end + 1
  return true
}

const isBreak = (char: number): boolean => char === 0x20 || char === 0x0a || Number.isNaN(char)
const isDash = (c: Cursor): boolean => c.text.charCodeAt(c.pos) === 0x2d && isBreak(c.text.charCodeAt(c.pos + 1))

/** Leaves the cursor at the next line that says something, or at the end with column -1. */
const block = (c: Cursor, depth: number): Node | undefined => {
  if (depth > MAX_DEPTH) return undefined
  if (isDash(c)) return list(c, depth)
  const start = c.pos
  const key = readKey(c)
  if (key !== undefined) return map(c, key, start, depth)
  c.pos = start
  return ended(c, inline(c, depth))
}

/** Skips what is left of this line. */
const nextLineAfter = (c: Cursor): void => {
  const end = c.text.indexOf('\n', c.pos)
  c.pos = end < 0 ? c.text.length : end + 1
  nextLine(c)
}

/** Ends a value that stands at the end of its line, and goes on to the next. */
const ended = (c: Cursor, value: Node | undefined): Node | undefined => {
  if (value === undefined || !endOfLine(c)) return undefined
  nextLine(c)
  return value
}

const list = (c: Cursor, depth: number): SeqNode | undefined => {
  const { column } = c
  const node: SeqNode = { kind: 'seq', at: c.pos, items: [] }
  while (c.column === column && isDash(c)) {
    const dash = c.pos
    let at = dash + 1
    while (c.text.charCodeAt(at) === 0x20) at++
    const char = c.text.charCodeAt(at)
    const isEmpty = Number.isNaN(char) || char === 0x0a || char === 0x23
    let item: Node | undefined
    if (isEmpty) {
      c.pos = at
      nextLineAfter(c)
      item = c.column > column ? block(c, depth + 1) : { kind: 'scalar', at: node.at, value: null }
    } else {
      c.column = column + (at - dash)
      c.pos = at
      item = block(c, depth + 1)
    }
    if (item === undefined) return undefined
    node.items.push(item)
  }
  return c.column > column ? undefined : node
}

const map = (c: Cursor, firstKey: string, start: number, depth: number): MapNode | undefined => {
  const { column } = c
  const node: MapNode = { kind: 'map', at: start, keys: [], keyAt: [], values: [] }
  const seen = new Set<string>()
  for (let key: string | undefined = firstKey, keyAt = start; ; ) {
    if (key === undefined || seen.has(key)) return undefined
    const value = mapValue(c, column, keyAt, depth)
    if (value === undefined) return undefined
    seen.add(key)
    node.keys.push(key)
    node.keyAt.push(keyAt)
    node.values.push(value)
    if (c.column < column) return node
    if (c.column > column || isDash(c)) return undefined
    keyAt = c.pos
    key = readKey(c)
  }
}

/** After `key:`. */
const mapValue = (c: Cursor, column: number, keyAt: number, depth: number): Node | undefined => {
  while (c.text.charCodeAt(c.pos) === 0x20) c.pos++
  const char = c.text.charCodeAt(c.pos)
  if (!Number.isNaN(char) && char !== 0x0a && char !== 0x23) {
    return ended(c, inline(c, depth))
  }
  nextLineAfter(c)
  if (c.column > column) return block(c, depth + 1)
  if (c.column === column && isDash(c)) return sameColumnList(c, depth)
  return { kind: 'scalar', at: keyAt, value: null }
}

/** A list may stand in the column of the key that it belongs to. */
const sameColumnList = (c: Cursor, depth: number): SeqNode | undefined =>
  depth > MAX_DEPTH ? undefined : list(c, depth + 1)

/** A simple or quoted key and its colon. Names that mean something else in YAML 1.1 are left to any.ts. */
const readKey = (c: Cursor): string | undefined => {
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

/** A value on one line: quoted, flow or plain. Leaves the cursor behind it. */
const inline = (c: Cursor, depth: number): Node | undefined => {
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
const flow = (c: Cursor, depth: number, multiline: boolean): Node | undefined => {
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
