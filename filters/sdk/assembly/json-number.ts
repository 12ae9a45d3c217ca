// Numbers of a JSON document.
import { accept, at, isDigitNext, moveTo } from './json-cursor'

/** Goes past `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`; false at what is wrong with it. */
export function scanNumber(): bool {
  accept(0x2d)
  if (accept(0x30)) {
    if (isDigitNext()) return false
  } else if (!scanDigits()) {
    return false
  }
  if (accept(0x2e) && !scanDigits()) return false
  if (!accept(0x65) && !accept(0x45)) return true
  if (!accept(0x2b)) accept(0x2d)
  return scanDigits()
}

/** One at least. */
function scanDigits(): bool {
  const from = at
  while (isDigitNext()) moveTo(at + 1)
  return at > from
}
