// What filters call when they have decided: one count, one entry in the record, both when the callback has decided all. Names and
// outcomes are a closed set, as `sluice_decisions_total` shows them.
import { ABSENT, literal, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { OPERATION_MIRROR, OPERATION_RATE_LIMIT, OPERATION_REWRITE } from '../layout'
import { countDecision, counterOf } from './counters'
import { countAs, decisions, forgetDecisions, learn, operationAt, outcomeAt, pushDecision, replay } from './memo'
import { isDryRun, kindOf, policyOf } from './operation'
import { beginRecord, continueRecord, endRecord, recordDecision, STATE } from './record'
import { resumeRecord } from './resume'

export namespace Filter {
  export const Headers: View = literal('headers')
  export const Rewrite: View = literal('rewrite')
  export const Mirror: View = literal('mirror')
  export const RateLimit: View = literal('rate-limit')
  export const Plan: View = literal('plan')
}

export namespace Outcome {
  export const Applied: View = literal('applied')
  /** The path is not below the prefix; the request was not in the sample, or is a copy itself. */
  export const Skipped: View = literal('skipped')
  /** The result would be unsafe: the request was answered 400 or 500. */
  export const Refused: View = literal('refused')
  export const Mirrored: View = literal('mirrored')
  export const Dropped: View = literal('dropped')
  export const Allowed: View = literal('allowed')
  export const Limited: View = literal('limited')
  /** Of compared copies: by what they were answered, and by who was first. */
  export const SameStatus: View = literal('same-status')
  export const OtherStatus: View = literal('other-status')
  export const NoAnswer: View = literal('no-answer')
  /** Pushed out by later copies while an answer was missing. */
  export const NotCompared: View = literal('not-compared')
  export const Faster: View = literal('faster')
  export const Slower: View = literal('slower')
}

const NO_STATE: View = ABSENT

/** At the beginning of a callback that decides. */
export function beginDecisions(): void {
  forgetDecisions()
}

export function decide(operation: usize, outcome: View): void {
  if (!pushDecision(operation, outcome)) countDecision(filterOf(operation), policyOf(operation), outcome, isDryRun(operation))
}

/** Counts what was decided. `cell` is one for a memo of these operations, or 0. */
export function countDecisions(cell: usize): void {
  if (!decisions || replay(cell, NO_STATE)) return
  for (let i = 0; i < decisions; i++) count(i)
  learn(cell, ABSENT)
}

/** Counts what was decided, and writes the record; the operations `before` have let the request pass, if there are any. */
export function recordDecisions(cell: usize, rule: View, before: View): void {
  if (!decisions || replay(cell, STATE)) return
  const isKnown = resumeRecord(rule, before)
  const record = settle()
  if (isKnown) learn(cell, record)
}

/** As `recordDecisions`, where nothing has let the request pass before. */
export function recordAlone(cell: usize, rule: View): void {
  if (!decisions || replay(cell, STATE)) return
  beginRecord(rule)
  learn(cell, settle())
}

/** Counts what was decided, and writes it behind what an earlier callback of the request has recorded; false if nothing was. */
export function continueDecisions(rule: View): bool {
  if (!decisions) return false
  const isContinued = continueRecord(rule)
  settle()
  return isContinued
}

function settle(): View {
  for (let i = 0; i < decisions; i++) {
    count(i)
    const operation = operationAt(i)
    recordDecision(filterOf(operation), policyOf(operation), outcomeAt(i), isDryRun(operation))
  }
  return endRecord()
}

function count(index: i32): void {
  const operation = operationAt(index)
  countAs(index, counterOf(filterOf(operation), policyOf(operation), outcomeAt(index), isDryRun(operation)))
}

/** The one filter of a module that has no other. */
let onlyFilter: View = ABSENT

/** For module scope. */
export function decideAs(filter: View): void {
  onlyFilter = filter
}

function filterOf(operation: usize): View {
  if (onlyFilter != ABSENT) return onlyFilter
  switch (kindOf(operation)) {
    case OPERATION_REWRITE:
      return Filter.Rewrite
    case OPERATION_MIRROR:
      return Filter.Mirror
    case OPERATION_RATE_LIMIT:
      return Filter.RateLimit
    default:
      return Filter.Headers
  }
}
