// The configuration of `rewrite.wasm`: host and path in JSON in, an operation out.
import {
  ABSENT,
  enterObject,
  equals,
  failJson,
  failMember,
  indexOf,
  jsonKey,
  lastIndexOf,
  literal,
  nextKey,
  readString,
  size,
  start,
  unknownKey,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isHostByte } from '../../plan/charset'
import {
  MAX_NAME,
  MAX_VALUE,
  OPERATION_REWRITE,
  REWRITE_FULL_PATH,
  REWRITE_HEADER,
  REWRITE_HOST,
  REWRITE_PREFIX,
  REWRITE_REGEX,
} from '../../plan/layout'
import {
  captureProgram,
  captureRegex,
  captureTemplate,
  MISSING,
  readCapture,
  readHeaderName,
} from '../../standalone/assembly/fields'
import {
  beginOperation,
  beginOperations,
  endOperation,
  putByte,
  putText,
  takeOperations,
} from '../../standalone/assembly/writer'
import { isSafePath } from './path'

const TYPE = literal('type')
const FULL_PATH = literal('replaceFullPath')
const PREFIX_MATCH = literal('replacePrefixMatch')
const REGEX_MATCH = literal('replaceRegexMatch')
const HEADER = literal('header')
const PREFIX = literal('prefix')
const REPLACEMENT = literal('replacement')
const IS_FULL_PATH = literal('ReplaceFullPath')
const IS_PREFIX_MATCH = literal('ReplacePrefixMatch')
const IS_REGEX_MATCH = literal('ReplaceRegexMatch')
const IS_HEADER = literal('Header')
const BAD_TYPE = literal('must be ReplaceFullPath, ReplacePrefixMatch, ReplaceRegexMatch or Header')
const BAD_PATH = literal('must be an absolute path (RFC 3986) without dot segments that leave it')
const BAD_HOST = literal('must be a host (RFC 3986), with or without port')
const NOT_HERE = literal('does not belong to this type')
const EMPTY: View = view(memory.data(4, 4), 0)

let parts: i32 = 0
/** Bit by bit, which members were there. */
let members: i32 = 0
let host: View = EMPTY
let subject: View = EMPTY
let value: View = EMPTY
let program: View = ABSENT

export function beginRewrite(): void {
  parts = 0
  members = 0
  host = EMPTY
  subject = EMPTY
  value = EMPTY
  program = ABSENT
}

export function readHostname(): void {
  host = readString()
  parts |= REWRITE_HOST
  if (!isHost(host)) failJson(BAD_HOST)
}

/** A name, an address, or an IPv6 address in brackets; digits behind a colon. */
function isHost(text: View): bool {
  const colon = lastIndexOf(text, 0x3a)
  const bracket = indexOf(text, 0x5d)
  const to = colon > bracket ? colon : size(text)
  if (to == 0 || size(text) > MAX_NAME || size(text) - to == 1 || size(text) - to > 6) return false
  for (let i = to + 1; i < size(text); i++) if (<u32>byteAt(text, i) - 0x30 > 9) return false
  if (byteAt(text, 0) != 0x5b) {
    for (let i = 0; i < to; i++) if (!isHostByte(byteAt(text, i))) return false
    return true
  }
  if (bracket != to - 1 || bracket < 2) return false
  for (let i = 1; i < bracket; i++) {
    const byte = byteAt(text, i)
    if (byte != 0x3a && byte != 0x2e && <u32>byte - 0x30 > 9 && <u32>(byte | 0x20) - 0x61 > 5) return false
  }
  return true
}

// @ts-ignore: decorator
@inline
function byteAt(text: View, at: i32): i32 {
  return <i32>load<u8>(start(text) + <usize>at)
}

export function readPath(): void {
  if (!enterObject()) return
  let type = 0
  while (nextKey()) {
    if (equals(jsonKey, TYPE)) type = readType()
    else if (equals(jsonKey, FULL_PATH)) {
      members |= REWRITE_FULL_PATH
      value = readSafePath(false)
    } else if (equals(jsonKey, PREFIX_MATCH)) {
      members |= REWRITE_PREFIX
      readPrefix()
    } else if (equals(jsonKey, REGEX_MATCH)) {
      members |= REWRITE_REGEX
      readCapture()
      subject = captureRegex
      program = captureProgram
      value = captureTemplate
    } else if (equals(jsonKey, HEADER)) {
      members |= REWRITE_HEADER
      subject = readHeaderName()
    } else unknownKey()
  }
  if (!type) failMember(TYPE, MISSING)
  if (!(members & type)) failMember(nameOf(type), MISSING)
  if (members & ~type) failMember(nameOf(members & ~type), NOT_HERE)
  parts |= type
}

function readType(): i32 {
  const type = readString()
  if (equals(type, IS_FULL_PATH)) return REWRITE_FULL_PATH
  if (equals(type, IS_PREFIX_MATCH)) return REWRITE_PREFIX
  if (equals(type, IS_REGEX_MATCH)) return REWRITE_REGEX
  if (equals(type, IS_HEADER)) return REWRITE_HEADER
  failJson(BAD_TYPE)
  return 0
}

function nameOf(member: i32): View {
  if (member & REWRITE_FULL_PATH) return FULL_PATH
  if (member & REWRITE_PREFIX) return PREFIX_MATCH
  return member & REWRITE_REGEX ? REGEX_MATCH : HEADER
}

function readPrefix(): void {
  if (!enterObject()) return
  let hasPrefix = false
  let hasReplacement = false
  while (nextKey()) {
    if (equals(jsonKey, PREFIX)) {
      hasPrefix = true
      subject = readSafePath(false)
    } else if (equals(jsonKey, REPLACEMENT)) {
      hasReplacement = true
      value = readSafePath(true)
    } else unknownKey()
  }
  if (!hasPrefix) failMember(PREFIX, MISSING)
  if (!hasReplacement) failMember(REPLACEMENT, MISSING)
}

function readSafePath(mayBeEmpty: bool): View {
  const path = readString()
  const isEmpty = mayBeEmpty && path != ABSENT && size(path) == 0
  if (!isEmpty && (size(path) > MAX_VALUE || indexOf(path, 0x3f) >= 0 || !isSafePath(path, EMPTY))) failJson(BAD_PATH)
  return path
}

export function writeRewrite(name: View, isDry: bool): View {
  beginOperations()
  beginOperation(OPERATION_REWRITE, name, isDry)
  putByte(parts)
  putText(host)
  putText(subject)
  putText(value)
  if (parts & REWRITE_REGEX) putText(program)
  endOperation()
  return takeOperations()
}
