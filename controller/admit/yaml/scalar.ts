// What a plain scalar means. kubectl and the API server read YAML with go-yaml v2, which keeps the YAML 1.1 words for
// booleans: `on`, `off`, `yes`, `no`, `y`, `n`. A user must not see another value here than in a cluster.
// In: the text of an unquoted scalar. Out: the JSON value that go-yaml v2 (resolve.go) makes of it.

export type Scalar = string | number | boolean | null

const WORDS = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(w => [w, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(w => [w, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map(w => [w, null] as const),
])

const LONGEST_WORD = 5
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/
const DATE = /^\d{4}-/

export const plainScalar = (text: string): Scalar => {
  if (text.length <= LONGEST_WORD) {
    const word = WORDS.get(text)
    if (word !== undefined) return word
  }
  const first = text.charCodeAt(0)
  const isNumeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e
  return isNumeric ? number(text) : text
}

/** The text itself when it is no number. Dates are strings in JSON, and so are they here. */
const number = (text: string): number | string => {
  if (text.charCodeAt(0) === 0x2e) return FLOAT.test(text) ? finite(Number(text), text) : text
  if (DATE.test(text)) return text
  const plain = text.replaceAll('_', '')
  const sign = plain.startsWith('-') ? -1 : 1
  const digits = plain.replace(/^[-+]/, '')
  const integer = unsigned(digits)
  if (integer !== undefined) return sign * integer + 0
  return FLOAT.test(plain) ? finite(Number(plain), text) : text
}

/** `strconv.ParseInt(text, 0, 64)`: a leading 0 means octal. */
const unsigned = (digits: string): number | undefined => {
  if (/^(0|[1-9][0-9]*)$/.test(digits)) return Number(digits)
  if (/^0[xX][0-9a-fA-F]+$/.test(digits)) return Number(digits)
  if (/^0[bB][01]+$/.test(digits)) return Number(digits)
  if (/^0[oO]?[0-7]+$/.test(digits)) return Number.parseInt(digits.replace(/^0[oO]?/, ''), 8)
  return undefined
}

const finite = (value: number, text: string): number | string => (Number.isFinite(value) ? value : text)
