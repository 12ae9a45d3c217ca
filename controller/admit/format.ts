// The string formats that schemas of the kinds we serve use (kube-openapi, pkg/validation/strfmt).
// In: the name of a format. Out: its test, or `undefined` for one that the API server ignores, or that no kind uses.
// Not `byte`: it says what Secrets hold, and its faults would, too (core/data.ts).
import { matcher } from './regex.ts'

export const isFormat = (name: string): ((text: string) => boolean) | undefined => FORMATS.get(name)

const FORMATS = new Map<string, (text: string) => boolean>([
  ['ipv4', text => isIPv4(text)],
  ['ipv6', text => isIPv6(text)],
  ['date-time', text => isDateTime(text)],
])

/** Four decimal numbers without leading zeros, as Go's netip reads them. */
export const isIPv4 = (text: string): boolean => matcher(`^${OCTET}(\\.${OCTET}){3}$`)(text)
const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'

/** Without a zone. */
export const isIPv6 = (text: string): boolean => {
  if (!text.includes(':') || text.length > 45) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const hasIPv4 = last.includes('.')
  if (hasIPv4 && (!isIPv4(last) || text.endsWith('::'))) return false
  const words = hasIPv4 ? groups.slice(0, -1) : groups
  if (!words.every(word => /^[0-9a-fA-F]{1,4}$/.test(word))) return false
  const length = words.length + (hasIPv4 ? 2 : 0)
  return halves.length === 2 ? length < 8 : length === 8
}

const isDateTime = (text: string): boolean => {
  const match = /^(\d{4})-(\d{2})-(\d{2})t(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|[+-]\d{2}:\d{2})$/.exec(text.toLowerCase())
  if (match === null) return false
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(Date.UTC(year, month - 1, day))
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isDate && hour <= 23 && minute <= 59 && second <= 59
}
