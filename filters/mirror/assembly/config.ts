// The configuration of `mirror.wasm`: JSON in, an operation out. Edits of the copy stand last in the operation, and so are
// read in a pass of their own.
import {
  ABSENT,
  closeJson,
  enterObject,
  equals,
  failJson,
  failMember,
  jsonFailed,
  jsonKey,
  literal,
  nextKey,
  openJson,
  readString,
  readWhole,
  size,
  start,
  unknownKey,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { DEFAULT_BODY_CAP, FLAG_COMPARE, OPERATION_MIRROR } from '../../plan/layout'
import { beginCommon, configuredName, isDryRun, MISSING, readCommon, readEdits, readHeaderName, readOneOf } from '../../standalone/assembly/fields'
import {
  beginOperation,
  beginOperations,
  endOperation,
  putFlag,
  putNumber,
  putText,
  takeOperations,
} from '../../standalone/assembly/writer'

const CLUSTER = literal('cluster')
const FRACTION = literal('fraction')
const NUMERATOR = literal('numerator')
const DENOMINATOR = literal('denominator')
const TIMEOUT = literal('timeoutMs')
const BODY = literal('maxBodyBytes')
const SAMPLE_BY = literal('sampleBy')
const COPY = literal('copy')
const COMPARE = literal('compare')
const COMPARISONS = literal('None Answers')
const BAD_COMPARISON = literal('must be None or Answers')
const DEFAULT_NAME = literal('mirror')
const BAD_CLUSTER = literal('must be the name of a cluster, 1 to 512 bytes of visible ASCII')
const BAD_FRACTION = literal('must not be above the denominator')
const U32: i64 = 0xffffffff
const EMPTY: View = view(memory.data(4, 4), 0)

let cluster: View = ABSENT
let numerator: u32 = 1
let denominator: u32 = 1

/** The operation; anything when the document has a fault. */
export function readMirror(document: View): View {
  beginCommon(DEFAULT_NAME)
  cluster = ABSENT
  numerator = 1
  denominator = 1
  let timeout: i64 = 15000
  let cap: i64 = DEFAULT_BODY_CAP
  let sampleBy = EMPTY
  let isCompared = false
  openJson(document)
  if (enterObject()) {
    while (nextKey()) {
      if (readCommon()) continue
      if (equals(jsonKey, CLUSTER)) cluster = readCluster()
      else if (equals(jsonKey, FRACTION)) readFraction()
      else if (equals(jsonKey, TIMEOUT)) timeout = readWhole(1, U32)
      else if (equals(jsonKey, BODY)) cap = readWhole(0, DEFAULT_BODY_CAP)
      else if (equals(jsonKey, SAMPLE_BY)) sampleBy = readHeaderName()
      else if (equals(jsonKey, COMPARE)) isCompared = readOneOf(COMPARISONS, BAD_COMPARISON) == 1
      else if (!equals(jsonKey, COPY)) unknownKey()
    }
    if (cluster == ABSENT) failMember(CLUSTER, MISSING)
  }
  closeJson()
  if (jsonFailed) return ABSENT
  beginOperations()
  beginOperation(OPERATION_MIRROR, configuredName, isDryRun)
  if (isCompared) putFlag(FLAG_COMPARE)
  putNumber(numerator)
  putNumber(denominator)
  putNumber(<u32>timeout)
  putNumber(<u32>cap)
  putText(cluster)
  putText(sampleBy)
  openJson(document)
  if (enterObject()) while (nextKey()) if (equals(jsonKey, COPY)) readEdits()
  endOperation()
  return takeOperations()
}

function readCluster(): View {
  const name = readString()
  let isGood = size(name) > 0 && size(name) <= 512
  for (let i = 0; i < size(name); i++) {
    const byte = load<u8>(start(name) + <usize>i)
    isGood = isGood && byte > 0x20 && byte < 0x7f
  }
  if (!isGood) failJson(BAD_CLUSTER)
  return name
}

function readFraction(): void {
  if (!enterObject()) return
  denominator = 100
  let isSet = false
  while (nextKey()) {
    if (equals(jsonKey, NUMERATOR)) {
      isSet = true
      numerator = <u32>readWhole(0, U32)
    } else if (equals(jsonKey, DENOMINATOR)) denominator = <u32>readWhole(1, U32)
    else unknownKey()
  }
  if (!isSet) failMember(NUMERATOR, MISSING)
  else if (numerator > denominator) failMember(NUMERATOR, BAD_FRACTION)
}
