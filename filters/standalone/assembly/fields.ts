// Fields that several configurations have, read and checked: JSON in, bytes of an operation out, or the first fault.
import {
  ABSENT,
  enterArray,
  enterObject,
  equals,
  failJson,
  failMember,
  first,
  indexOf,
  jsonFailed,
  jsonKey,
  literal,
  lower,
  nextItem,
  nextKey,
  readString,
  size,
  skip,
  start,
  take,
  unknownKey,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isForbidden, isSafeValue, isToken } from '../../plan/assembly/rules'
import { EDIT_ADD, EDIT_REMOVE, EDIT_SET } from '../../plan/layout'
import { compiled } from '../../regex/code'
import { compileRegex } from '../../regex/compile'
import { MAX_SOURCE, REGEX_SYNTAX, REGEX_TOO_LARGE } from '../../regex/program'
import { source } from '../../regex/text'
import { putByte, putText } from './writer'

export const MISSING = literal('is missing')
export const NAME = literal('name')
export const VALUE = literal('value')
const MODE = literal('mode')
export const REGEX = literal('regex')
export const TEMPLATE = literal('template')
const SET = literal('set')
const ADD = literal('add')
const REMOVE = literal('remove')
const ENFORCE = literal('Enforce')
const DRY_RUN = literal('DryRun')
const BAD_MODE = literal('must be Enforce or DryRun')
const BAD_NAME = literal('must be 1 to 128 of the letters, digits and -._/#')
const BAD_HEADER = literal('must be a header name (RFC 9110 5.6.2)')
const FORBIDDEN = literal('is a header that no filter may edit')
const BAD_VALUE = literal('holds a control character, or is longer than 8192 bytes')
const BAD_REGEX = literal('is no regular expression')
const HARD_REGEX = literal('uses syntax of regular expressions that is not supported')
const LARGE_REGEX = literal('is too large a regular expression')
const BAD_TEMPLATE = literal('refers to a group that the expression does not have')

/** What every configuration has: `"name"`, for metrics and records, and `"mode"`. */
export let configuredName: View = ABSENT
export let isDryRun: bool = false

/** Before the document is read. */
export function beginCommon(defaultName: View): void {
  configuredName = defaultName
  isDryRun = false
}

/** Reads the value of `jsonKey` when it is a field that all have; false when it is not. */
export function readCommon(): bool {
  if (equals(jsonKey, NAME)) configuredName = readName()
  else if (equals(jsonKey, MODE)) isDryRun = readMode()
  else return false
  return true
}

function readName(): View {
  const name = readString()
  let isGood = size(name) > 0 && size(name) <= 128
  for (let i = 0; i < size(name); i++) {
    const byte = lower(load<u8>(start(name) + <usize>i))
    const isLetter = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x2d && byte <= 0x39)
    isGood = isGood && (isLetter || byte == 0x5f || byte == 0x23)
  }
  if (!isGood) failJson(BAD_NAME)
  return name
}

/** True for a dry run. */
function readMode(): bool {
  const mode = readString()
  if (equals(mode, DRY_RUN)) return true
  if (!equals(mode, ENFORCE)) failJson(BAD_MODE)
  return false
}

/** Position of the string that comes next among words with spaces between, the first one and a fault when it is none of them. */
export function readOneOf(words: View, otherwise: View): i32 {
  const word = readString()
  let rest = words
  for (let i = 0; !jsonFailed && size(rest) > 0; i++) {
    const space = indexOf(rest, 0x20)
    const to = space < 0 ? size(rest) : space
    if (equals(first(rest, to), word)) return i
    rest = skip(rest, to + 1)
  }
  failJson(otherwise)
  return 0
}

/** A header's name, in lower case. */
export function readHeaderName(): View {
  const name = readString()
  if (!isToken(name)) failJson(BAD_HEADER)
  return jsonFailed ? ABSENT : lowered(name)
}

/** A copy in lower case, in the arena. */
export function lowered(name: View): View {
  const at = take(<usize>size(name))
  if (!at) return ABSENT
  for (let i: usize = 0; i < <usize>size(name); i++) store<u8>(at + i, lower(load<u8>(start(name) + i)))
  return view(at, size(name))
}

/** As `readHeaderName`, for a header that is to be edited. */
export function readEditedName(): View {
  const name = readHeaderName()
  if (name != ABSENT && isForbidden(name)) failJson(FORBIDDEN)
  return name
}

export function readHeaderValue(): View {
  const value = readString()
  if (!isSafeValue(value)) failJson(BAD_VALUE)
  return value
}

/** Checks an expression: its groups are in `lastGroups`, its program in `lastProgram` until the callback ends. */
export function readExpression(): View {
  const text = readString()
  lastProgram = ABSENT
  if (jsonFailed) return ABSENT
  for (let i = 0; i < size(text) && i < MAX_SOURCE; i++) source[i] = load<u8>(start(text) + <usize>i)
  const length = compileRegex(size(text))
  if (length <= 0) {
    failJson(length == REGEX_SYNTAX ? BAD_REGEX : length == REGEX_TOO_LARGE ? LARGE_REGEX : HARD_REGEX)
    return ABSENT
  }
  const at = take(<usize>length)
  if (!at) return ABSENT
  for (let i = 0; i < length; i++) store<u8>(at + <usize>i, <u8>compiled[i])
  lastProgram = view(at, length)
  return text
}

export let lastProgram: View = ABSENT

/** A template is checked when the expression is known: call `failMember` with this when it gives false. */
export function isTemplateFor(program: View, template: View): bool {
  const groups = program == ABSENT ? 0 : <i32>load<u8>(start(program), 2)
  for (let i = 0; i < size(template); i++) {
    if (load<u8>(start(template) + <usize>i) != 0x5c) continue
    i++
    if (i >= size(template)) return false
    const next = <i32>load<u8>(start(template) + <usize>i)
    if (next != 0x5c && (next < 0x30 || next - 0x30 > groups)) return false
  }
  return true
}

/** `{"regex": …, "template": …}`: three texts, expression, program and template; empty ones when `isPresent` is not set. */
export let captureRegex: View = ABSENT
export let captureProgram: View = ABSENT
export let captureTemplate: View = ABSENT

export function readCapture(): void {
  captureRegex = ABSENT
  captureProgram = ABSENT
  captureTemplate = ABSENT
  if (!enterObject()) return
  while (nextKey()) {
    if (equals(jsonKey, REGEX)) {
      captureRegex = readExpression()
      captureProgram = lastProgram
    } else if (equals(jsonKey, TEMPLATE)) captureTemplate = readHeaderValue()
    else unknownKey()
  }
  if (captureRegex == ABSENT) failMember(REGEX, MISSING)
  if (captureTemplate == ABSENT) failMember(TEMPLATE, MISSING)
  else if (!isTemplateFor(captureProgram, captureTemplate)) failMember(TEMPLATE, BAD_TEMPLATE)
}

/** `{"set": […], "add": […], "remove": […]}` as the edits of an operation. */
export function readEdits(): void {
  if (!enterObject()) return
  while (nextKey()) {
    if (equals(jsonKey, SET)) readPairs(EDIT_SET)
    else if (equals(jsonKey, ADD)) readPairs(EDIT_ADD)
    else if (equals(jsonKey, REMOVE)) readNames()
    else unknownKey()
  }
}

function readPairs(action: i32): void {
  if (!enterArray()) return
  while (nextItem()) {
    if (!enterObject()) return
    let name = ABSENT
    let value = ABSENT
    while (nextKey()) {
      if (equals(jsonKey, NAME)) name = readEditedName()
      else if (equals(jsonKey, VALUE)) value = readHeaderValue()
      else unknownKey()
    }
    if (name == ABSENT) failMember(NAME, MISSING)
    if (value == ABSENT) failMember(VALUE, MISSING)
    if (jsonFailed) return
    putByte(action)
    putText(name)
    putText(value)
  }
}

function readNames(): void {
  if (!enterArray()) return
  while (nextItem()) {
    const name = readEditedName()
    if (jsonFailed) return
    putByte(EDIT_REMOVE)
    putText(name)
    putText(view(start(name), 0))
  }
}
