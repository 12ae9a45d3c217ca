// The configuration of `rewrite.wasm`: host and path in JSON in, an operation out.
import {
  ABSENT,
  enterObject,
  failJson,
  failMember,
  failMissing,
  indexOf,
  lastIndexOf,
  literal,
  nextOf,
  readOneOf,
  readString,
  size,
  start,
  View,
  wordAt,
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
  forgetCapture,
  NOTHING,
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

/** Types and their members are in the order of their bits in the layout, from `REWRITE_FULL_PATH` on. */
const TYPES = literal('ReplaceFullPath ReplacePrefixMatch ReplaceRegexMatch Header')
const MEMBERS = literal('replaceFullPath replacePrefixMatch replaceRegexMatch header type')
const TYPE: i32 = 4
const PREFIX_MATCH = literal('prefix replacement')
const BAD_PATH = literal('must be an absolute path (RFC 3986) without dot segments that leave it')
const BAD_HOST = literal('must be a host (RFC 3986), maybe with port')
const NOT_HERE = literal('does not belong to this type')

let parts: i32 = 0
let host: View = ABSENT
let subject: View = ABSENT
let value: View = ABSENT

export function beginRewrite(): void {
  parts = 0
  host = ABSENT
  subject = ABSENT
  value = ABSENT
  forgetCapture()
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
  const isAddress = load<u8>(start(text)) == 0x5b
  if (isAddress && (bracket != to - 1 || bracket < 2)) return false
  for (let i = isAddress ? 1 : 0; i < size(text); i++) {
    const byte = <i32>load<u8>(start(text) + <usize>i)
    if (i == to || (isAddress && i == bracket)) continue
    if (i > to ? <u32>byte - 0x30 > 9 : isAddress ? !isAddressByte(byte) : !isHostByte(byte)) return false
  }
  return true
}

/** Between the brackets of an IPv6 address. */
function isAddressByte(byte: i32): bool {
  return <u32>byte - 0x2e <= 12 ? byte != 0x2f : <u32>(byte | 0x20) - 0x61 <= 5
}

export function readPath(): void {
  if (!enterObject()) return
  let type = 0
  /** Bit by bit, which members were there. */
  let members = 0
  for (let field = 0; (field = nextOf(MEMBERS)) >= 0; ) {
    const member = REWRITE_FULL_PATH << field
    if (field == TYPE) {
      type = REWRITE_FULL_PATH << readOneOf(TYPES)
      continue
    }
    members |= member
    if (member == REWRITE_FULL_PATH) value = readSafePath(false)
    else if (member == REWRITE_PREFIX) readPrefix()
    else if (member == REWRITE_HEADER) subject = readHeaderName()
    else {
      readCapture()
      subject = captureRegex
      value = captureTemplate
    }
  }
  if (!type) failMissing(MEMBERS, TYPE)
  if (!(members & type)) failMissing(MEMBERS, ctz(type / REWRITE_FULL_PATH))
  const other = members & ~type
  if (other) failMember(wordAt(MEMBERS, ctz(other / REWRITE_FULL_PATH)), NOT_HERE)
  parts |= type
}

function readPrefix(): void {
  if (!enterObject()) return
  let seen = 0
  for (let field = 0; (field = nextOf(PREFIX_MATCH)) >= 0; seen |= 1 << field) {
    if (field == 0) subject = readSafePath(false)
    else value = readSafePath(true)
  }
  if (seen != 3) failMissing(PREFIX_MATCH, seen & 1)
}

function readSafePath(mayBeEmpty: bool): View {
  const path = readString()
  const isEmpty = mayBeEmpty && path != ABSENT && size(path) == 0
  if (!isEmpty && (size(path) > MAX_VALUE || indexOf(path, 0x3f) >= 0 || !isSafePath(path, NOTHING))) failJson(BAD_PATH)
  return path
}

export function writeRewrite(name: View, isDry: bool): View {
  beginOperations()
  beginOperation(OPERATION_REWRITE, name, isDry)
  putByte(parts)
  putText(host)
  putText(subject)
  putText(value)
  if (parts & REWRITE_REGEX) putText(captureProgram)
  endOperation()
  return takeOperations()
}
