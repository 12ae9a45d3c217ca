// The limits of `rate-limit.wasm`'s configuration: JSON in, an operation out.
import {
  ABSENT,
  closeJson,
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
  openJson,
  readString,
  readWhole,
  unknownKey,
  View,
  view,
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
  SCOPE_WORKER,
} from '../../plan/layout'
import { lowered, MISSING, NAME, readOneOf } from '../../standalone/assembly/fields'
import {
  beginOperation,
  beginOperations,
  endOperation,
  putByte,
  putNumber,
  putText,
  takeOperations,
} from '../../standalone/assembly/writer'

export const LIMITS = literal('limits')
const REQUESTS = literal('requests')
const UNIT = literal('unit')
const BURST = literal('burst')
const SCOPE = literal('scope')
const KEY = literal('key')
const TYPE = literal('type')
const WORKER = literal('Worker')
const NODE = literal('Node')
const BAD_NAME = literal('must be a token of at most 256 letters')
const BAD_UNIT = literal('must be Second, Minute, Hour, Day or Month')
const BAD_SCOPE = literal('must be Worker or Node')
const BAD_TYPE = literal('must be Header, ClientAddress, Path, Method, Host, QueryParam or Cookie')
const BAD_COUNT = literal('must hold 1 to 8')
const NOT_HERE = literal('does not belong to this type')
const U32: i64 = 0xffffffff
const EMPTY: View = view(memory.data(4, 4), 0)

const UNITS = literal('Second Minute Hour Day Month')
const SECONDS: usize = memory.data<u32>([1, 60, 3600, 86400, 2592000])
/** In the order of their numbers in the layout. */
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
    while (nextKey()) {
      if (!equals(jsonKey, LIMITS)) continue
      isThere = true
      readList()
    }
    if (!isThere) failMember(LIMITS, MISSING)
  }
  closeJson()
  endOperation()
  return takeOperations()
}

function readList(): void {
  if (!enterArray()) return
  let count = 0
  while (nextItem()) {
    if (count == MAX_LIMITS) failJson(BAD_COUNT)
    readLimit()
    count++
  }
  if (!count) failJson(BAD_COUNT)
}

/** Names may come in any order, the key stands last in the bytes: its parts are kept until then. */
const partTypes: usize = memory.data(4 * MAX_KEY_PARTS, 4)
const partNames: usize = memory.data(8 * MAX_KEY_PARTS, 8)
let parts: i32 = 0

function readLimit(): void {
  if (!enterObject()) return
  let name = ABSENT
  let requests: i64 = -1
  let unit: u32 = 0
  let burst: i64 = -1
  let scope: i32 = SCOPE_NODE
  parts = 0
  while (nextKey()) {
    if (equals(jsonKey, NAME)) name = readToken()
    else if (equals(jsonKey, REQUESTS)) requests = readWhole(0, U32)
    else if (equals(jsonKey, UNIT)) unit = load<u32>(SECONDS + (<usize>readOneOf(UNITS, BAD_UNIT) << 2))
    else if (equals(jsonKey, BURST)) burst = readWhole(1, U32)
    else if (equals(jsonKey, SCOPE)) scope = readScope()
    else if (equals(jsonKey, KEY)) readKey()
    else unknownKey()
  }
  if (name == ABSENT) failMember(NAME, MISSING)
  if (requests < 0) failMember(REQUESTS, MISSING)
  if (!unit) failMember(UNIT, MISSING)
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

function readToken(): View {
  const token = readString()
  if (!isToken(token)) failJson(BAD_NAME)
  return token
}

function readScope(): i32 {
  const scope = readString()
  if (equals(scope, WORKER)) return SCOPE_WORKER
  if (!equals(scope, NODE)) failJson(BAD_SCOPE)
  return SCOPE_NODE
}

function readKey(): void {
  if (!enterArray()) return
  while (nextItem()) {
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
  while (nextKey()) {
    if (equals(jsonKey, TYPE)) type = readOneOf(TYPES, BAD_TYPE)
    else if (equals(jsonKey, NAME)) name = readToken()
    else unknownKey()
  }
  const isNamed = type == KEY_HEADER || type == KEY_QUERY_PARAM || type == KEY_COOKIE
  if (type < 0) failMember(TYPE, MISSING)
  if (isNamed && name == ABSENT) failMember(NAME, MISSING)
  if (!isNamed && name != ABSENT) failMember(NAME, NOT_HERE)
  store<i32>(partTypes + (<usize>parts << 2), type)
  store<u64>(partNames + (<usize>parts << 3), name == ABSENT ? EMPTY : type == KEY_HEADER ? lowered(name) : name)
}
