// IP addresses in built-in kinds (apimachinery, util/validation/ip.go, with StrictIPCIDRValidation as in 1.36).
// In: an address as text. Out: what is wrong with it, in the API server's words.
import { type Fault, invalid, quote } from '../fault.ts'
import { isIPv4, isIPv6 } from '../format.ts'
import type { Path } from '../path.ts'

/** Any notation of an address that means one thing only. */
export const checkIP = (path: Path, text: string): Fault[] => {
  const problem = problemOf(text)
  return problem === undefined ? [] : [invalid(path, text, problem)]
}

/** In the notation that RFC 5952 asks for. */
export const checkCanonicalIP = (path: Path, text: string): Fault[] => {
  const faults = checkIP(path, text)
  if (faults.length > 0 || isIPv4(text)) return faults
  const canonical = formatIPv6(wordsOf(text))
  return canonical === text ? [] : [invalid(path, text, `must be in canonical form (${quote(canonical)})`)]
}

export interface Reach {
  loopback: 'allowed' | 'refused'
}

/** One that others may send to; `text` has been found to be an address. */
export const checkReachable = (path: Path, text: string, { loopback }: Reach): Fault[] => {
  const faults: Fault[] = []
  const report = (problem: string): void => void faults.push(invalid(path, text, problem))
  const kind = isIPv4(text) ? kindOf4(text.split('.').map(Number)) : kindOf6(wordsOf(text))
  if (kind === 'unspecified') report(`may not be unspecified (${text})`)
  if (kind === 'loopback' && loopback === 'refused') report('may not be in the loopback range (127.0.0.0/8, ::1/128)')
  if (kind === 'link-local') report('may not be in the link-local range (169.254.0.0/16, fe80::/10)')
  if (kind === 'multicast') report('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')
  return faults
}

const problemOf = (text: string): string | undefined => {
  if (isIPv4(text)) return undefined
  if (isIPv6(text)) return isMapped(wordsOf(text)) ? 'must not be an IPv4-mapped IPv6 address' : undefined
  return isIPv4(withoutZeros(text))
    ? 'must not have leading 0s'
    : 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
}

const withoutZeros = (text: string): string => text.replace(/(^|\.)0+(?=[0-9])/g, '$1')

type Kind = 'unspecified' | 'loopback' | 'link-local' | 'multicast' | 'other'

const kindOf4 = ([a, b, c, d]: number[]): Kind => {
  if (a === 0 && b === 0 && c === 0 && d === 0) return 'unspecified'
  if (a === 127) return 'loopback'
  if (a === 169 && b === 254) return 'link-local'
  return a === 224 && b === 0 && c === 0 ? 'multicast' : 'other'
}

const kindOf6 = (words: readonly number[]): Kind => {
  const [first = 0] = words
  if (words.slice(0, 7).every(w => w === 0) && words[7]! < 2) return words[7] === 0 ? 'unspecified' : 'loopback'
  if ((first & 0xffc0) === 0xfe80) return 'link-local'
  return (first & 0xff0f) === 0xff02 ? 'multicast' : 'other'
}

const isMapped = (words: readonly number[]): boolean => words.slice(0, 5).every(w => w === 0) && words[5] === 0xffff

/** Eight words of 16 bits, of a text that is an IPv6 address. */
const wordsOf = (text: string): number[] => {
  const [before, after] = text.split('::').map(half => half.split(':').filter(Boolean).flatMap(wordsOfGroup)) as [
    number[],
    number[]?,
  ]
  const missing = Math.max(0, 8 - before.length - (after?.length ?? 0))
  return [...before, ...Array<number>(missing).fill(0), ...(after ?? [])]
}

const wordsOfGroup = (group: string): number[] => {
  if (!group.includes('.')) return [Number.parseInt(group, 16)]
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

/** The longest run of zeros, the first of several, is left out. */
const formatIPv6 = (words: readonly number[]): string => {
  let best = { at: -1, length: 1 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (words[at + length] === 0) length++
    if (length > best.length) best = { at, length }
  }
  const hex = (some: readonly number[]): string => some.map(w => w.toString(16)).join(':')
  if (best.at < 0) return hex(words)
  return `${hex(words.slice(0, best.at))}::${hex(words.slice(best.at + best.length))}`
}
