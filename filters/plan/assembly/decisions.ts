// What filters call when they have decided: one count, one entry in the record. Names and outcomes are a closed set, as
// `sluice_decisions_total` shows them.
import { literal, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { countDecision } from './counters'
import { isDryRun, policyOf } from './operation'
import { recordDecision } from './record'

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

export function decide(filter: View, operation: usize, outcome: View): void {
  countDecision(filter, policyOf(operation), outcome, isDryRun(operation))
  recordDecision(filter, policyOf(operation), outcome, isDryRun(operation))
}

/** For decisions that come after the record was handed over. */
export function countOnly(filter: View, operation: usize, outcome: View): void {
  countDecision(filter, policyOf(operation), outcome, isDryRun(operation))
}
