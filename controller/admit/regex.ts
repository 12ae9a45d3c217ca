// Regular expressions as Go understands them: RE2 syntax, linear time whatever the input.
// In: a pattern of a schema or a CEL rule. Out: a test, compiled once.
import { RE2JS } from 're2js'

export type Matcher = (text: string) => boolean

const compiled = new Map<string, Matcher>()

/** Throws for a pattern that is no RE2; patterns come from CRDs, not from users. */
export const matcher = (pattern: string): Matcher => {
  let found = compiled.get(pattern)
  if (found === undefined) {
    found = memoised(compile(pattern))
    compiled.set(pattern, found)
  }
  return found
}

/** JavaScript's own would save a tenth of admission, and backtrack: exponentially with one of the patterns of v1.6.3. */
const compile = (pattern: string): Matcher => {
  const re2 = RE2JS.compile(pattern)
  return text => re2.matcher(text).find()
}

/** The same few names, prefixes and types come again in every object. */
const REMEMBERED = 2000
const MAX_REMEMBERED_LENGTH = 256
const memoised = (matches: Matcher): Matcher => {
  const answers = new Map<string, boolean>()
  return text => {
    if (text.length > MAX_REMEMBERED_LENGTH) return matches(text)
    const known = answers.get(text)
    if (known !== undefined) return known
    const answer = matches(text)
    if (answers.size >= REMEMBERED) answers.clear()
    answers.set(text, answer)
    return answer
  }
}
