// Which bytes may stand where. Portable: Node and AssemblyScript compile this same file. Bytes are numbers from 0 to 255.

/** RFC 9110, 5.6.2: `tchar`. */
export function isTokenByte(byte: i32): bool {
  if (isAlphanumeric(byte)) return true
  return (
    byte === 0x21 ||
    (byte >= 0x23 && byte <= 0x27) ||
    byte === 0x2a ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x5e ||
    byte === 0x5f ||
    byte === 0x60 ||
    byte === 0x7c ||
    byte === 0x7e
  )
}

/** RFC 9110, 5.5: `field-vchar`, space and tab. Everything else could end a line or smuggle one. */
export function isValueByte(byte: i32): bool {
  return byte === 0x09 || (byte >= 0x20 && byte !== 0x7f)
}

/** RFC 3986, 3.3: `pchar` but for `%`, and the slash between segments. */
export function isPathByte(byte: i32): bool {
  return (
    isAlphanumeric(byte) ||
    isSubDelimiter(byte) ||
    isUnreservedMark(byte) ||
    byte === 0x3a ||
    byte === 0x40 ||
    byte === 0x2f
  )
}

/** RFC 3986, 3.2.2: `reg-name` but for `%`. */
export function isHostByte(byte: i32): bool {
  return isAlphanumeric(byte) || isSubDelimiter(byte) || isUnreservedMark(byte)
}

export function isHexDigit(byte: i32): bool {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}

export function isAlphanumeric(byte: i32): bool {
  return isLetter(byte) || (byte >= 0x30 && byte <= 0x39)
}

function isLetter(byte: i32): bool {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}

/** `!$&'()*+,;=` */
function isSubDelimiter(byte: i32): bool {
  return byte === 0x21 || byte === 0x24 || (byte >= 0x26 && byte <= 0x2c) || byte === 0x3b || byte === 0x3d
}

/** `-._~` */
function isUnreservedMark(byte: i32): bool {
  return byte === 0x2d || byte === 0x2e || byte === 0x5f || byte === 0x7e
}
