// All of YAML, by the `yaml` package, within bounds.
// In: the text of one document. Out: its tree with aliases expanded, or the first thing that is wrong with it.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Pair,
  parseDocument,
  type Node as YamlNode,
} from 'yaml'
import type { MapNode, Node, Read, YamlError } from './node.ts'
import { plainScalar, type Scalar } from './scalar.ts'

/** Above it the package may take many seconds and gigabytes. block.ts reads plain documents of any size. */
const MAX_LENGTH = 1 << 20
const MAX_DEPTH = 100
/** The package takes some 5 µs for each. A document of 600 KB that people write has so many. */
const MAX_TOKENS = 100_000
/** What the documents of one file that need the package may hold together: it takes up to 1.5 µs for a character. */
const MAX_FILE_LENGTH = 2 << 20
/** What aliases may add: a "YAML bomb" of a few lines stands for billions of nodes. */
const MAX_ALIASED_NODES = 10_000

/** How many more characters of one file the package will read; counts down, below zero when a document came too late. */
export interface Allowance {
  left: number
}

/** For one file. */
export const newAllowance = (): Allowance => ({ left: MAX_FILE_LENGTH })

export const readAny = (text: string, allowance: Allowance): Read => {
  if (text.length > MAX_LENGTH) return failed(0, `document is too large: limit is ${MAX_LENGTH}`)
  allowance.left -= text.length
  if (allowance.left < 0) return failed(0, TOO_MUCH)
  const unbounded = boundsOf(text)
  if (unbounded) return { ok: false, error: unbounded }
  let document: Document
  try {
    document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
  } catch (error) {
    // The package recurses on nested collections.
    if (error instanceof RangeError) return failed(0, `yaml: ${TOO_DEEP}`)
    throw error
  }
  const [error] = document.errors
  if (error !== undefined) return failed(error.pos[0], `yaml: ${MESSAGES[error.code] ?? sentence(error.message)}`)
  if (document.contents === null) return { ok: true, node: undefined }
  return convert(document)
}

/** What is too much for the package, found out before it is asked: it is some 20 times as fast to tell tokens apart. */
const boundsOf = (text: string): YamlError | undefined => {
  let at = 0
  let tokens = 0
  let depth = 0
  /** Of `- - -`, a list in a list in a list. */
  let run = 0
  for (const token of new Lexer().lex(text)) {
    if (token === '-' || token === '?') run++
    else if (token !== ' ') run = 0
    if (token === '[' || token === '{') depth++
    if (token === ']' || token === '}') depth--
    if (depth > MAX_DEPTH || run > MAX_DEPTH) return { at, message: `yaml: ${TOO_DEEP}` }
    if (++tokens > MAX_TOKENS) return { at, message: `document is too complex: limit is ${MAX_TOKENS} tokens` }
    if (!isMark(token)) at += token.length
  }
  return undefined
}

/** What the lexer says beside the text: the start of a document or of a scalar, the end of a flow. */
const isMark = (token: string): boolean => token === '\u0002' || token === '\u0018' || token === '\u001f'

const TOO_MUCH = `too much of this file is more than plain YAML: limit is ${MAX_FILE_LENGTH}; use several files`
const TOO_DEEP = `exceeded max depth of ${MAX_DEPTH}`

/** What go-yaml says, where it has one sentence for it. */
const MESSAGES: Partial<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  MULTILINE_IMPLICIT_KEY: "could not find expected ':'",
  MISSING_CHAR: "could not find expected ':'",
  TAB_AS_INDENT: 'found character that cannot start any token',
  BAD_INDENT: 'did not find expected key',
}

const sentence = (message: string): string => {
  const [line = ''] = message.split('\n')
  if (line.startsWith('Maximum call stack')) return TOO_DEEP
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

const failed = (at: number, message: string): Read => ({ ok: false, error: { at, message } })

/** Carries the first fault out of the recursion; never leaves this file. */
class Fault extends Error {
  readonly fault: YamlError
  constructor(fault: YamlError) {
    super(fault.message)
    this.fault = fault
  }
}

const convert = (document: Document): Read => {
  let aliased = 0
  /** In the order of the text: an anchor holds until its name is used again. Asking the package walks all of the document. */
  const anchors = new Map<string, YamlNode>()
  const targetOf = (alias: Alias): YamlNode | undefined => anchors.get(alias.source)
  const remember = (source: YamlNode): void => {
    if ('anchor' in source && source.anchor) anchors.set(source.anchor, source)
  }
  const fail = (at: number, message: string): never => {
    throw new Fault({ at, message: `yaml: ${message}` })
  }

  const node = (source: YamlNode | null, at: number, depth: number, inAlias: boolean): Node => {
    if (depth > MAX_DEPTH) fail(at, TOO_DEEP)
    if (inAlias && ++aliased > MAX_ALIASED_NODES) fail(at, 'document contains excessive aliasing')
    const start = source?.range?.[0] ?? at
    if (source !== null && !inAlias) remember(source)
    if (source === null || isEmpty(source)) return { kind: 'scalar', at, value: null }
    if (isAlias(source)) {
      const target = targetOf(source)
      if (target === undefined) return fail(start, `unknown anchor '${source.source}' referenced`)
      return node(target, start, depth + 1, true)
    }
    if (isScalar(source)) return { kind: 'scalar', at: start, value: scalar(source, start) }
    if (isSeq(source)) {
      const items = source.items.map(item => node(item as YamlNode | null, start, depth + 1, inAlias))
      return { kind: 'seq', at: start, items }
    }
    if (!isMap(source)) return fail(start, 'did not find expected node content')
    const map: MapNode = { kind: 'map', at: start, keys: [], keyAt: [], values: [] }
    const merged: MapNode[] = []
    for (const pair of source.items as Pair<YamlNode | null, YamlNode | null>[]) {
      const keyAt = pair.key?.range?.[0] ?? start
      if (pair.key && !inAlias) remember(pair.key)
      const value = node(pair.value, keyAt, depth + 1, inAlias)
      if (isMergeKey(pair.key)) merged.push(...mergeSources(value, keyAt))
      else {
        map.keys.push(keyText(pair.key, keyAt))
        map.keyAt.push(keyAt)
        map.values.push(value)
      }
    }
    const names = new Set(merged.length > 0 ? map.keys : [])
    for (const from of merged) {
      from.keys.forEach((key, i) => {
        if (names.has(key)) return
        names.add(key)
        map.keys.push(key)
        map.keyAt.push(from.keyAt[i]!)
        map.values.push(from.values[i]!)
      })
    }
    return map
  }

  const mergeSources = (value: Node, at: number): MapNode[] => {
    const sources = value.kind === 'seq' ? value.items : [value]
    return sources.map(s =>
      s.kind === 'map' ? s : fail(at, 'map merge requires map or sequence of maps as the value'),
    )
  }

  const keyText = (key: YamlNode | null, at: number): string => {
    const target = isAlias(key) ? targetOf(key) : key
    if (!isScalar(target)) return fail(at, 'unsupported map key: only scalars can be names of fields')
    const value = scalar(target, at)
    return value === null ? fail(at, 'unsupported map key: null') : String(value)
  }

  const scalar = (source: { value: unknown; type?: unknown; tag?: string }, at: number): Scalar => {
    const text = typeof source.value === 'string' ? source.value : String(source.value ?? '')
    switch (source.tag) {
      case undefined:
      case '':
        return source.type === 'PLAIN' ? finite(text, at) : text
      case 'tag:yaml.org,2002:str':
      case '!':
        return text
      case 'tag:yaml.org,2002:bool':
      case 'tag:yaml.org,2002:int':
      case 'tag:yaml.org,2002:float':
      case 'tag:yaml.org,2002:null':
        return finite(text, at)
      default:
        return fail(at, `cannot decode ${source.tag}`)
    }
  }

  const finite = (text: string, at: number): Scalar =>
    /^[-+]?\.(inf|nan)$/i.test(text) ? fail(at, `json: unsupported value: ${text}`) : plainScalar(text)

  try {
    return { ok: true, node: node(document.contents as YamlNode, 0, 0, false) }
  } catch (error) {
    if (error instanceof Fault) return { ok: false, error: error.fault }
    throw error
  }
}

/** A value that is left out; the package places it behind the comments that follow. */
const isEmpty = (node: YamlNode): boolean => isScalar(node) && node.type === 'PLAIN' && node.value === '' && !node.tag

const isMergeKey = (key: YamlNode | null): boolean => isScalar(key) && key.type === 'PLAIN' && key.value === '<<'
