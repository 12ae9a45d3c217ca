// Fields that several configurations have, read and checked: JSON in, bytes of an operation out, or the first fault.
import {
  ABSENT,
  end,
  enterArray,
  enterObject,
  failJson,
  failMember,
  failMissing,
  first,
  jsonFailed,
  literal,
  lower,
  nextOf,
  nextRead,
  readOneOf,
  readString,
  size,
  start,
  take,
  View,
  view,
  wordAt,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isForbidden, isSafeValue, isToken } from '../../plan/assembly/rules'
import { EDIT_REMOVE } from '../../plan/layout'
import { fillInts } from '../../regex/assembly/ints'
import { compiled } from '../../regex/code'
import { compileRegex } from '../../regex/compile'
import { trustPrograms } from '../../regex/match'
import { MAX_SOURCE, REGEX_SYNTAX, REGEX_TOO_LARGE } from '../../regex/program'
import { source } from '../../regex/text'
import { putByte, putText } from './writer'

const MODES = literal('Enforce DryRun')
const RECORDS = literal('None FilterState')
/** In the order of their numbers in the layout. */
const EDITS = literal('set add remove')
const PAIR = literal('name value')
const CAPTURE = literal('regex template')
const BAD_NAME = literal('must be 1 to 128 letters, digits or -._/#')
const BAD_HEADER = literal('must be a header name (RFC 9110 5.6.2)')
const FORBIDDEN = literal('must not be edited')
const BAD_VALUE = literal('holds a control character or over 8192 bytes')
const BAD_REGEX = literal('is no regular expression')
const HARD_REGEX = literal('uses syntax that is not supported')
const LARGE_REGEX = literal('is too large an expression')
const BAD_TEMPLATE = literal('refers to a missing group')

/** What every configuration has: `"name"`, for metrics and records, `"mode"`, and `"record"`. */
export let configuredName: View = ABSENT
export let isDryRun: bool = false
let isRecorded: bool = true

/** Before the document is read. */
export function beginCommon(defaultName: View): void {
  configuredName = defaultName
  isDryRun = false
  isRecorded = true
}

/** The first names of every configuration, in `nextOf`. */
export const COMMON = 'name mode record'

/** Reads the value of the field at a position behind `COMMON`; false when it is another one. */
export function readCommon(position: i32): bool {
  if (position == 0) configuredName = readName()
  else if (position == 1) isDryRun = readOneOf(MODES) == 1
  else if (position == 2) isRecorded = readOneOf(RECORDS) == 1
  else return false
  return true
}

/** The name that records have; empty when none are written. */
export function recordedName(): View {
  return isRecorded ? configuredName : NOTHING
}

function readName(): View {
  const name = readString()
  let isGood = size(name) > 0 && size(name) <= 128
  for (let at = start(name); at < end(name); at++) {
    const byte = <u32>lower(load<u8>(at))
    // Letters; `-` to `9`, which are digits and `-./`; `_` and `#`.
    isGood = isGood && (byte - 0x61 <= 25 || byte - 0x2d <= 12 || byte == 0x5f || byte == 0x23)
  }
  if (!isGood) failJson(BAD_NAME)
  return name
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

/** Checks an expression: its program is in `captureProgram` until the callback ends. */
export function readExpression(): View {
  const text = readString()
  if (jsonFailed) return ABSENT
  fillInts(source, first(text, MAX_SOURCE))
  const length = compileRegex(size(text))
  if (length <= 0) {
    failJson(length == REGEX_SYNTAX ? BAD_REGEX : length == REGEX_TOO_LARGE ? LARGE_REGEX : HARD_REGEX)
    return ABSENT
  }
  const at = take(<usize>length)
  if (!at) return ABSENT
  for (let i = 0; i < length; i++) store<u8>(at + <usize>i, <u8>compiled[i])
  captureProgram = view(at, length)
  return text
}

trustPrograms()

/** A template is checked when the expression is known: call `failMember` with this when it gives false. */
export function isTemplateFor(program: View, template: View): bool {
  const groups = program == ABSENT ? 0 : <i32>load<u8>(start(program), 2)
  for (let at = start(template); at < end(template); at++) {
    if (load<u8>(at) != 0x5c) continue
    at++
    if (at >= end(template)) return false
    const next = <i32>load<u8>(at)
    if (next != 0x5c && (next < 0x30 || next - 0x30 > groups)) return false
  }
  return true
}

/** `{"regex": …, "template": …}`: three texts, expression, program and template; `ABSENT` where there is none. */
export let captureRegex: View = ABSENT
export let captureProgram: View = ABSENT
export let captureTemplate: View = ABSENT

export function forgetCapture(): void {
  captureRegex = ABSENT
  captureProgram = ABSENT
  captureTemplate = ABSENT
}

/** After `forgetCapture`. */
export function readCapture(): void {
  if (!enterObject()) return
  for (let field = 0; (field = nextOf(CAPTURE)) >= 0; ) {
    if (field == 0) captureRegex = readExpression()
    else if (field == 1) captureTemplate = readHeaderValue()
  }
  if (captureRegex == ABSENT) failMissing(CAPTURE, 0)
  if (captureTemplate == ABSENT) failMissing(CAPTURE, 1)
  else if (!isTemplateFor(captureProgram, captureTemplate)) failMember(wordAt(CAPTURE, 1), BAD_TEMPLATE)
}

/** `{"set": […], "add": […], "remove": […]}` as the edits of an operation. */
export function readEdits(): void {
  if (!enterObject()) return
  for (let action = 0; (action = nextOf(EDITS)) >= 0; ) {
    if (!enterArray()) return
    while (nextRead()) readEdit(action)
  }
}

/** What is removed has a name only. */
function readEdit(action: i32): void {
  let name = ABSENT
  let value = NOTHING
  if (action == EDIT_REMOVE) {
    name = readEditedName()
  } else if (enterObject()) {
    value = ABSENT
    for (let field = 0; (field = nextOf(PAIR)) >= 0; ) {
      if (field == 0) name = readEditedName()
      else if (field == 1) value = readHeaderValue()
    }
    if (name == ABSENT) failMissing(PAIR, 0)
    if (value == ABSENT) failMissing(PAIR, 1)
  }
  if (jsonFailed) return
  putByte(action)
  putText(name)
  putText(value)
}

export const NOTHING: View = view(memory.data(4, 4), 0)
