// Expressions over byte ranges: a program and a text in, the text with its matches replaced by a template, in the arena, out. To
// be called after `allowSteps`, which all expressions of a message share.
import { ABSENT, built, clear, first, newBuilder, put, size, start, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { fillInts } from './ints'
import { captures, findMatch, isExhausted, loadProgram, program, spend, subject } from '../match'
import { MAX_PROGRAM, MAX_SUBJECT } from '../program'

/** The longest result. */
const CAPACITY: i32 = 16384
const output = newBuilder(CAPACITY)
const BACKSLASH: u8 = 0x5c

/** After `ABSENT`: false where nothing matches; else steps are used up, or text or result too long, so that nobody knows. */
export let isTooDear: bool = false

/** The template for the first match; `ABSENT` when nothing matches, or `isTooDear`. */
export function extract(bytes: View, text: View, template: View): View {
  if (!prepare(bytes, text)) return ABSENT
  if (findMatch(0, size(text))) return putTemplate(text, template) ? built(output) : ABSENT
  isTooDear = isExhausted()
  return ABSENT
}

/** The text with every match replaced; `ABSENT` when nothing matches, or `isTooDear`. */
export function replaceAll(bytes: View, text: View, template: View): View {
  if (!prepare(bytes, text)) return ABSENT
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
  if (!isGood || isExhausted()) return ABSENT
  isTooDear = isChanged
  if (!isChanged || (at < length && !putPart(text, at, length))) return ABSENT
  return built(output)
}

/** A longer program is refused by `loadProgram`. */
function prepare(bytes: View, text: View): bool {
  clear(output)
  isTooDear = true
  if (size(text) > MAX_SUBJECT || !spend(size(bytes) + size(text))) return false
  fillInts(program, first(bytes, MAX_PROGRAM))
  fillInts(subject, text)
  return loadProgram(size(bytes))
}

/** `\0` to `\9` are groups, `\\` is a backslash. A group that took no part is empty. */
function putTemplate(text: View, template: View): bool {
  if (!spend(size(template))) return false
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
