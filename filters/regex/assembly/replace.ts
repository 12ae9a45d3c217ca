// Expressions over byte ranges: a program and a text in, the text with its matches replaced by a template, in the arena, out.
import { ABSENT, built, clear, first, newBuilder, put, size, start, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { fillInts } from './ints'
import { allowSteps, captures, findMatch, isExhausted, loadProgram, program, subject } from '../match'
import { MAX_PROGRAM, MAX_SUBJECT } from '../program'

/** Instructions that one replacement may run: some milliseconds at the worst. */
const MOST_STEPS: i32 = 2_000_000
/** The longest result. */
const CAPACITY: i32 = 16384
const output = newBuilder(CAPACITY)
const BACKSLASH: u8 = 0x5c

/** The template for the first match; `ABSENT` when nothing matches or the result would be too long. */
export function extract(bytes: View, text: View, template: View): View {
  clear(output)
  if (!prepare(bytes, text) || !findMatch(0, size(text)) || !putTemplate(text, template)) return ABSENT
  return built(output)
}

/** The text with every match replaced; `ABSENT` when nothing matches. `isTooDear` tells when that was not found out. */
export let isTooDear: bool = false

export function replaceAll(bytes: View, text: View, template: View): View {
  clear(output)
  isTooDear = size(text) > MAX_SUBJECT
  if (isTooDear || !prepare(bytes, text)) return ABSENT
  const length = size(text)
  let at = 0
  /** Where the last match ended: an empty one may not stand there. */
  let behind = -1
  let isGood = true
  let isChanged = false
  while (isGood && at <= length && findMatch(at, length)) {
    const from = captures[0]
    const to = captures[1]
    if (to == from && from == behind) {
      if (at < length) isGood = putPart(text, at, at + 1)
      at++
      behind = -1
      continue
    }
    isGood = putPart(text, at, from) && putTemplate(text, template)
    isChanged = true
    at = to
    behind = to
  }
  isTooDear = !isGood || isExhausted()
  if (isTooDear || !isChanged) return ABSENT
  if (at < length && !putPart(text, at, length)) {
    isTooDear = true
    return ABSENT
  }
  return built(output)
}

/** What is longer is refused by `loadProgram` and `findMatch`. */
function prepare(bytes: View, text: View): bool {
  fillInts(program, first(bytes, MAX_PROGRAM))
  fillInts(subject, first(text, MAX_SUBJECT))
  allowSteps(MOST_STEPS)
  return loadProgram(size(bytes))
}

/** `\0` to `\9` are groups, `\\` is a backslash. A group that took no part is empty. */
function putTemplate(text: View, template: View): bool {
  let from = 0
  for (let i = 0; i < size(template); i++) {
    if (load<u8>(start(template) + <usize>i) != BACKSLASH) continue
    if (!putPart(template, from, i)) return false
    i++
    from = i
    if (i >= size(template)) return true
    const group = <i32>load<u8>(start(template) + <usize>i) - 0x30
    if (group < 0 || group > 9) continue
    from = i + 1
    const begin = captures[2 * group]
    const end = captures[2 * group + 1]
    if (begin >= 0 && end >= begin && !putPart(text, begin, end)) return false
  }
  return putPart(template, from, size(template))
}

function putPart(text: View, from: i32, to: i32): bool {
  return put(output, view(start(text) + <usize>from, to - from))
}
