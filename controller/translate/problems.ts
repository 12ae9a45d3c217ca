// How problems are worded: the field, what is wrong with it, and what mends it, in one line.
import type { Reason, RouteProblem } from './conditions.ts'

const worded = (at: string, wrong: string, fix: string): string => `${at}: ${printable(wrong)}; ${fix}`

/** Conditions hold text that people and terminals read: control characters of user input are shown, not sent. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, c => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)

export const unsupported = (at: string, wrong: string, fix: string): RouteProblem => ({
  type: 'Accepted',
  reason: 'UnsupportedValue',
  message: worded(at, wrong, fix),
})

export const unresolved = (
  reason: Reason<'Route', 'ResolvedRefs'>,
  at: string,
  wrong: string,
  fix: string,
): RouteProblem => ({ type: 'ResolvedRefs', reason, message: worded(at, wrong, fix) })

export const envoySays = (message: string): string => `Envoy refused it: ${printable(message)}`

export const envoyRefused = (at: string, message: string): RouteProblem =>
  unsupported(at, envoySays(message), 'correct the value that it names')
