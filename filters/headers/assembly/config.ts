// The configuration of `headers.wasm` (config.schema.json): JSON in, mutations out.
import {
  ABSENT,
  enterArray,
  enterObject,
  failJson,
  failMember,
  failMissing,
  jsonFailed,
  literal,
  nextOf,
  nextRead,
  readOneOf,
  View,
  wordAt,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import * as layout from '../../plan/layout'
import {
  captureProgram,
  captureRegex,
  captureTemplate,
  forgetCapture,
  readCapture,
  readEditedName,
  readHeaderName,
  readHeaderValue,
} from '../../standalone/assembly/fields'
import { putByte, putText } from '../../standalone/assembly/writer'

const MUTATION = literal('action name value')
const MUTATION_VALUE: i32 = 2
const VALUE = literal('text header type capture')
const VALUE_TYPE: i32 = 2
const ONLY_REQUEST = literal('is not known any more when the response comes')
const NOT_HERE = literal('does not belong to this type')
const TOO_MANY = literal('holds more than 64 edits')

/** In the order of their numbers in the layout. */
const ACTIONS = literal('Set Add Remove AddIfAbsent Append')
const SOURCES = literal('Text Header ClientAddress Route Path Host Method')

/** A list of mutations. `isResponse` says which sources there are. */
export function readMutations(isResponse: bool): void {
  if (!enterArray()) return
  for (let count = 0; nextRead(); count++) {
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
  forgetCapture()
  source = layout.SOURCE_TEXT
  argument = ABSENT
  for (let field = 0; (field = nextOf(MUTATION)) >= 0; ) {
    if (field == 0) action = readOneOf(ACTIONS)
    else if (field == 1) name = readEditedName()
    else {
      hasValue = true
      readValue(isResponse)
    }
  }
  if (action < 0) failMissing(MUTATION, 0)
  if (name == ABSENT) failMissing(MUTATION, 1)
  checkMember(MUTATION, MUTATION_VALUE, hasValue, action != layout.EDIT_REMOVE)
  if (jsonFailed) return
  putByte(action)
  putByte(source)
  putText(name)
  putText(argument)
  putText(captureRegex)
  putText(captureProgram)
  putText(captureTemplate)
}

/** A member that some types have and others must not. */
function checkMember(names: View, position: i32, isThere: bool, isDue: bool): void {
  if (isDue && !isThere) failMissing(names, position)
  if (isThere && !isDue) failMember(wordAt(names, position), NOT_HERE)
}

function readValue(isResponse: bool): void {
  if (!enterObject()) return
  let type = -1
  let text = ABSENT
  let header = ABSENT
  for (let field = 0; (field = nextOf(VALUE)) >= 0; ) {
    if (field == layout.SOURCE_TEXT) text = readHeaderValue()
    else if (field == layout.SOURCE_HEADER) header = readHeaderName()
    else if (field == VALUE_TYPE) type = readOneOf(SOURCES)
    else readCapture()
  }
  if (type < 0) failMissing(VALUE, VALUE_TYPE)
  if (isResponse && type >= layout.SOURCE_PATH) failMember(wordAt(VALUE, VALUE_TYPE), ONLY_REQUEST)
  checkMember(VALUE, layout.SOURCE_TEXT, text != ABSENT, type == layout.SOURCE_TEXT)
  checkMember(VALUE, layout.SOURCE_HEADER, header != ABSENT, type == layout.SOURCE_HEADER)
  source = type
  argument = text != ABSENT ? text : header
}
