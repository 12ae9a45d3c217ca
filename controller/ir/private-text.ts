// A secret text that never prints: in comes the text, out comes a value that shows `[redacted]` to JSON, YAML,
// template strings and inspectors, and the text itself only to those who ask for it by name.

export interface PrivateText {
  reveal(): string
  toJSON(): string
  toString(): string
}

const REDACTED = '[redacted]'

/** The text lives in the closure: no property holds it. */
export const privateText = (text: string): PrivateText => ({
  reveal: () => text,
  toJSON: () => REDACTED,
  toString: () => REDACTED,
})
