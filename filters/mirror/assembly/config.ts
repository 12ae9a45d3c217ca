// The configuration of `mirror.wasm`: JSON in, an operation out. Edits of the copy stand last in the operation, and so are
// read in a pass of their own.
import {
  ABSENT,
  closeJson,
  end,
  enterObject,
  failJson,
  failMember,
  failMissing,
  jsonFailed,
  literal,
  nextOf,
  openJson,
  readOneOf,
  readString,
  readWhole,
  size,
  skipValue,
  start,
  View,
  wordAt,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { Filter } from '../../plan/assembly/decisions'
import { DEFAULT_BODY_CAP, FLAG_COMPARE, OPERATION_MIRROR } from '../../plan/layout'
import { beginCommon, COMMON, configuredName, isDryRun, NOTHING, readCommon, readEdits, readHeaderName } from '../../standalone/assembly/fields'
import {
  beginOperation,
  beginOperations,
  endOperation,
  putFlag,
  putNumber,
  putText,
  takeOperations,
} from '../../standalone/assembly/writer'

const FIELDS = literal(COMMON + ' cluster fraction timeoutMs maxBodyBytes sampleBy compare copy')
const CLUSTER: i32 = 3
const COPY: i32 = 9
const FRACTION = literal('numerator denominator')
const COMPARISONS = literal('None Answers')
const BAD_CLUSTER = literal('must be 1 to 512 bytes of visible ASCII')
const BAD_FRACTION = literal('must not be above the denominator')
const U32: i64 = 0xffffffff

let cluster: View = ABSENT
let numerator: u32 = 1
let denominator: u32 = 1

/** The operation; anything when the document has a fault. */
export function readMirror(document: View): View {
  beginCommon(Filter.Mirror)
  cluster = ABSENT
  numerator = 1
  denominator = 1
  let timeout: i64 = 15000
  let cap: i64 = DEFAULT_BODY_CAP
  let sampleBy = NOTHING
  let isCompared = false
  openJson(document)
  if (enterObject()) {
    for (let field = 0; (field = nextOf(FIELDS)) >= 0; ) {
      if (readCommon(field)) continue
      if (field == CLUSTER) cluster = readCluster()
      else if (field == 4) readFraction()
      else if (field == 5) timeout = readWhole(1, U32)
      else if (field == 6) cap = readWhole(0, DEFAULT_BODY_CAP)
      else if (field == 7) sampleBy = readHeaderName()
      else if (field == 8) isCompared = readOneOf(COMPARISONS) == 1
      else skipValue()
    }
    if (cluster == ABSENT) failMissing(FIELDS, CLUSTER)
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
  if (enterObject()) {
    for (let field = 0; (field = nextOf(FIELDS)) >= 0; ) {
      if (field == COPY) readEdits()
      else skipValue()
    }
  }
  endOperation()
  return takeOperations()
}

function readCluster(): View {
  const name = readString()
  let isGood = size(name) > 0 && size(name) <= 512
  for (let at = start(name); at < end(name); at++) {
    const byte = load<u8>(at)
    isGood = isGood && byte > 0x20 && byte < 0x7f
  }
  if (!isGood) failJson(BAD_CLUSTER)
  return name
}

function readFraction(): void {
  if (!enterObject()) return
  denominator = 100
  let isSet = false
  for (let field = 0; (field = nextOf(FRACTION)) >= 0; ) {
    if (field == 0) {
      isSet = true
      numerator = <u32>readWhole(0, U32)
    } else denominator = <u32>readWhole(1, U32)
  }
  if (!isSet) failMissing(FRACTION, 0)
  else if (numerator > denominator) failMember(wordAt(FRACTION, 0), BAD_FRACTION)
}
