// The decision record: which operation of which object did what to this request, as JSON of at most 512 bytes in filter
// state `sluice`. The upstream half goes on with what the downstream half wrote.
//
//   {"r":"ns/name#rule","f":[{"k":"rate-limit","p":"ns/name","o":"allowed"}, ...]}
//
// `d` marks a dry run. Decisions that no longer fit are left out, and `"t":1` says so.
import {
  ABSENT,
  built,
  clear,
  first,
  equals,
  literal,
  newBuilder,
  property,
  put,
  setProperty,
  size,
  skip,
  startsWith,
  truncate,
  View,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { DECISION_STATE } from '../../suite/names'

const CAPACITY: i32 = 512

export const STATE = literal(DECISION_STATE)
const RULE = literal('{"r":"')
const LIST = literal('","f":[')
const COMMA = literal(',')
const KIND = literal('{"k":"')
const POLICY = literal('","p":"')
const OUTCOME = literal('","o":"')
const END = literal('"}')
const END_DRY_RUN = literal('","d":1}')
const CLOSE = literal(']}')
const CLOSE_TRUNCATED = literal('],"t":1}')

/** With room for one decision more than fits: its policy and the rule have names of 512 bytes at most. */
const record = newBuilder(4 * CAPACITY)
/** Nothing decided yet · some decisions · a decision did not fit. */
let state: i32 = 0
let rule: View = ABSENT

/** Begins the record of a callback. Nothing is written before the first decision, and nothing at all for an empty name. */
export function beginRecord(ruleName: View): void {
  clear(record)
  rule = ruleName
  state = 0
}

/**
 * As `beginRecord`, on top of what an earlier callback of the request wrote; a record that was cut stays as it is. False when
 * there is nothing.
 */
export function continueRecord(ruleName: View): bool {
  beginRecord(ruleName)
  if (size(ruleName) == 0) return false
  const written = property(STATE)
  if (written == ABSENT) return false
  const open = size(written) - size(CLOSE)
  state = 2
  if (size(written) > CAPACITY || !startsWith(written, RULE) || !equals(skip(written, open), CLOSE)) return true
  put(record, first(written, open))
  state = 1
  return true
}

export function recordDecision(filter: View, policy: View, outcome: View, dryRun: bool): void {
  if (state == 2) return
  const before = size(built(record))
  if (state == 1) {
    add(COMMA)
  } else {
    add(RULE)
    add(rule)
    add(LIST)
  }
  add(KIND)
  add(filter)
  add(POLICY)
  add(policy)
  add(OUTCOME)
  add(outcome)
  add(dryRun ? END_DRY_RUN : END)
  if (size(built(record)) <= CAPACITY - size(CLOSE_TRUNCATED)) {
    state = 1
  } else {
    truncate(record, before)
    state = 2
  }
}

function add(text: View): void {
  put(record, text)
}

/** Hands the record to Envoy, if anything was decided, and gives it. */
export function endRecord(): View {
  if (state == 0 || size(built(record)) == 0 || size(rule) == 0) return ABSENT
  put(record, state == 1 ? CLOSE : CLOSE_TRUNCATED)
  setProperty(STATE, built(record))
  return built(record)
}
