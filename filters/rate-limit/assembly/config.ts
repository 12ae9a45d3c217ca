// The limits of `rate-limit.wasm`'s configuration: JSON in, an operation out.
import {
  ABSENT,
  closeJson,
  enterArray,
  enterObject,
  equals,
  failJson,
  failMember,
  failMissing,
  jsonFailed,
  literal,
  nextOf,
  nextRead,
  openJson,
  readOneOf,
  readString,
  readWhole,
  skipValue,
  View,
  wordAt,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isToken } from '../../plan/assembly/rules'
import {
  KEY_COOKIE,
  KEY_HEADER,
  KEY_QUERY_PARAM,
  MAX_KEY_PARTS,
  MAX_LIMITS,
  OPERATION_RATE_LIMIT,
  SCOPE_NODE,
} from '../../plan/layout'
import { COMMON, lowered, NOTHING } from '../../standalone/assembly/fields'
import {
  beginOperation,
  beginOperations,
  endOperation,
  putByte,
  putNumber,
  putText,
  takeOperations,
} from '../../standalone/assembly/writer'

export const FIELDS = literal(COMMON + ' trustedHops limits')
const LIMITS: i32 = 4
const LIMIT = literal('name requests unit burst scope key')
const PART = literal('name type')
const BAD_NAME = literal('must be a token of at most 256 letters')
const BAD_COUNT = literal('must hold 1 to 8')
const NOT_HERE = literal('does not belong to this type')
const REPEATED = literal('is there twice')
const U32: i64 = 0xffffffff

const UNITS = literal('Second Minute Hour Day Month')
const SECONDS: usize = memory.data<u32>([1, 60, 3600, 86400, 2592000])
/** These in the order of their numbers in the layout. */
const SCOPES = literal('Worker Node')
const TYPES = literal('Header ClientAddress Path Method Host QueryParam Cookie')

/** The operation; anything when the document has a fault. */
export function readLimits(document: View, name: View, isDry: bool, trustedHops: u32): View {
  if (jsonFailed) return ABSENT
  beginOperations()
  beginOperation(OPERATION_RATE_LIMIT, name, isDry)
  putNumber(trustedHops)
  let isThere = false
  openJson(document)
  if (enterObject()) {
    for (let field = 0; (field = nextOf(FIELDS)) >= 0; ) {
      if (field == LIMITS) {
        isThere = true
        readList()
      } else skipValue()
    }
    if (!isThere) failMissing(FIELDS, LIMITS)
  }
  closeJson()
  endOperation()
  return takeOperations()
}

function readList(): void {
  if (!enterArray()) return
  let count = 0
  while (nextRead()) {
    if (count == MAX_LIMITS) failJson(BAD_COUNT)
    readLimit(count)
    count++
  }
  if (!count) failJson(BAD_COUNT)
}

/** Of the limits before: those of one name would be one bucket, and the laxer of them would fill it. */
const names: usize = memory.data(8 * MAX_LIMITS, 8)

/** Names may come in any order, the key stands last in the bytes: its parts are kept until then. */
const partTypes: usize = memory.data(4 * MAX_KEY_PARTS, 4)
const partNames: usize = memory.data(8 * MAX_KEY_PARTS, 8)
let parts: i32 = 0

function readLimit(count: i32): void {
  if (!enterObject()) return
  let name = ABSENT
  let requests: i64 = -1
  let unit: u32 = 0
  let burst: i64 = -1
  let scope: i32 = SCOPE_NODE
  parts = 0
  for (let field = 0; (field = nextOf(LIMIT)) >= 0; ) {
    if (field == 0) name = readName(count)
    else if (field == 1) requests = readWhole(0, U32)
    else if (field == 2) unit = load<u32>(SECONDS + (<usize>readOneOf(UNITS) << 2))
    else if (field == 3) burst = readWhole(1, U32)
    else if (field == 4) scope = readOneOf(SCOPES)
    else readKey()
  }
  if (name == ABSENT) failMissing(LIMIT, 0)
  if (requests < 0) failMissing(LIMIT, 1)
  if (!unit) failMissing(LIMIT, 2)
  if (jsonFailed) return
  putByte(scope)
  putNumber(<u32>requests)
  putNumber(unit)
  putNumber(<u32>(burst < 0 ? requests : burst))
  putText(name)
  putByte(parts)
  for (let i = 0; i < parts; i++) {
    putByte(load<i32>(partTypes + (<usize>i << 2)))
    putText(load<u64>(partNames + (<usize>i << 3)))
  }
}

function readName(count: i32): View {
  const name = readToken()
  for (let i = 0; i < count; i++) if (equals(load<u64>(names + (<usize>i << 3)), name)) failJson(REPEATED)
  store<u64>(names + (<usize>count << 3), name)
  return name
}

function readToken(): View {
  const token = readString()
  if (!isToken(token)) failJson(BAD_NAME)
  return token
}

function readKey(): void {
  if (!enterArray()) return
  while (nextRead()) {
    if (parts == MAX_KEY_PARTS) {
      failJson(BAD_COUNT)
      return
    }
    readPart()
    parts++
  }
  if (!parts) failJson(BAD_COUNT)
}

function readPart(): void {
  if (!enterObject()) return
  let type = -1
  let name = ABSENT
  for (let field = 0; (field = nextOf(PART)) >= 0; ) {
    if (field == 0) name = readToken()
    else type = readOneOf(TYPES)
  }
  const isNamed = type == KEY_HEADER || type == KEY_QUERY_PARAM || type == KEY_COOKIE
  if (type < 0) failMissing(PART, 1)
  if (isNamed && name == ABSENT) failMissing(PART, 0)
  if (!isNamed && name != ABSENT) failMember(wordAt(PART, 0), NOT_HERE)
  store<i32>(partTypes + (<usize>parts << 2), type)
  store<u64>(partNames + (<usize>parts << 3), name == ABSENT ? NOTHING : type == KEY_HEADER ? lowered(name) : name)
}
