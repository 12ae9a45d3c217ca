// Numbers of a JSON document.

/** Behind the number, or where its fault is. */
export let numberTo: usize = 0

/** `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` at `from`; false when there is none. */
export function scanNumber(from: usize, limit: usize): bool {
  let at = from
  if (load<u8>(at) == 0x2d) at++
  const isZero = at < limit && load<u8>(at) == 0x30
  let to = isZero ? at + 1 : digitsFrom(at, limit)
  if (to == at || (isZero && isDigit(to, limit))) return fault(to)
  at = to
  if (at < limit && load<u8>(at) == 0x2e) {
    to = digitsFrom(at + 1, limit)
    if (to == at + 1) return fault(to)
    at = to
  }
  if (at < limit && (load<u8>(at) | 0x20) == 0x65) {
    at++
    if (at < limit && (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d)) at++
    to = digitsFrom(at, limit)
    if (to == at) return fault(to)
    at = to
  }
  numberTo = at
  return true
}

export function isDigit(at: usize, limit: usize): bool {
  return at < limit && <u32>load<u8>(at) - 0x30 < 10
}

function fault(at: usize): bool {
  numberTo = at
  return false
}

function digitsFrom(from: usize, limit: usize): usize {
  let at = from
  while (isDigit(at, limit)) at++
  return at
}
