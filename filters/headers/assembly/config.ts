// The configuration of `headers.wasm` (config.schema.json): JSON in, mutations out.
import {
  ABSENT,
  enterArray,
  enterObject,
  equals,
  failJson,
  failMember,
  jsonFailed,
  jsonKey,
  literal,
  nextItem,
  nextKey,
  readString,
  unknownKey,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import * as layout from '../../plan/layout'
import {
  captureProgram,
  captureRegex,
  captureTemplate,
  MISSING,
  NAME,
  readCapture,
  readEditedName,
  readHeaderName,
  readHeaderValue,
  readOneOf,
  VALUE,
} from '../../standalone/assembly/fields'
import { putByte, putText } from '../../standalone/assembly/writer'

const ACTION = literal('action')
const TYPE = literal('type')
const TEXT = literal('text')
const HEADER = literal('header')
const CAPTURE = literal('capture')
const EMPTY: View = view(memory.data(4, 4), 0)
const BAD_ACTION = literal('must be Set, Add, AddIfAbsent, Append or Remove')
const BAD_TYPE = literal('must be Text, Header, Path, Host, Method, ClientAddress or Route')
const ONLY_REQUEST = literal('is not known any more when the response comes')
const NOT_HERE = literal('does not belong to this type')
const TOO_MANY = literal('holds more than 64 edits')

/** In the order of their numbers in the layout. */
const ACTIONS = literal('Set Add Remove AddIfAbsent Append')
const SOURCES = literal('Text Header ClientAddress Route Path Host Method')

/** A list of mutations. `isResponse` says which sources there are. */
export function readMutations(isResponse: bool): void {
  if (!enterArray()) return
  for (let count = 0; nextItem(); count++) {
    if (count == layout.MAX_MUTATIONS) failJson(TOO_MANY)
    readMutation(isResponse)
  }
}

let source: i32 = 0
let argument: View = ABSENT

function readMutation(isResponse: bool): void {
  if (!enterObject()) return
  let action = -1
  let name = ABSENT
  let hasValue = false
  captureless()
  while (nextKey()) {
    if (equals(jsonKey, ACTION)) action = readOneOf(ACTIONS, BAD_ACTION)
    else if (equals(jsonKey, NAME)) name = readEditedName()
    else if (equals(jsonKey, VALUE)) {
      hasValue = true
      readValue(isResponse)
    } else unknownKey()
  }
  if (action < 0) failMember(ACTION, MISSING)
  if (name == ABSENT) failMember(NAME, MISSING)
  if (hasValue && action == layout.EDIT_REMOVE) failMember(VALUE, NOT_HERE)
  if (!hasValue && action != layout.EDIT_REMOVE) failMember(VALUE, MISSING)
  if (jsonFailed) return
  putByte(action)
  putByte(source)
  putText(name)
  putText(argument)
  putText(regex)
  putText(program)
  putText(template)
}

let regex: View = EMPTY
let program: View = EMPTY
let template: View = EMPTY

function captureless(): void {
  source = layout.SOURCE_TEXT
  argument = EMPTY
  regex = EMPTY
  program = EMPTY
  template = EMPTY
}

function readValue(isResponse: bool): void {
  if (!enterObject()) return
  let type = -1
  let text = ABSENT
  let header = ABSENT
  while (nextKey()) {
    if (equals(jsonKey, TYPE)) type = readOneOf(SOURCES, BAD_TYPE)
    else if (equals(jsonKey, TEXT)) text = readHeaderValue()
    else if (equals(jsonKey, HEADER)) header = readHeaderName()
    else if (equals(jsonKey, CAPTURE)) {
      readCapture()
      regex = captureRegex
      program = captureProgram
      template = captureTemplate
    } else unknownKey()
  }
  if (type < 0) failMember(TYPE, MISSING)
  if (isResponse && type >= layout.SOURCE_PATH) failMember(TYPE, ONLY_REQUEST)
  if (type == layout.SOURCE_TEXT && text == ABSENT) failMember(TEXT, MISSING)
  if (type != layout.SOURCE_TEXT && text != ABSENT) failMember(TEXT, NOT_HERE)
  if (type == layout.SOURCE_HEADER && header == ABSENT) failMember(HEADER, MISSING)
  if (type != layout.SOURCE_HEADER && header != ABSENT) failMember(HEADER, NOT_HERE)
  source = type
  argument = text != ABSENT ? text : header != ABSENT ? header : EMPTY
}
