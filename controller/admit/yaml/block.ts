// The YAML that nearly every manifest is written in, read fast: block maps and lists, one-line scalars and flow
// collections, comments. In: the text of one document. Out: its tree, or `undefined` when anything in the text is not
// plainly of this kind; then any.ts reads it with the `yaml` package, whose answer counts.
// Ten to twenty times faster than the package: ten thousand routes are read in a fraction of a second.
import { type Cursor, flow, inline, isBreak, MAX_DEPTH, readKey } from './inline.ts'
import type { MapNode, Node, SeqNode } from './node.ts'

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
