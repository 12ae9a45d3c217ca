// Mirroring: the mirror operations of a checked plan and the request as the backend gets it in, copies out. A request
// without body is copied at once; with one, at its end. Whatever happens to a copy, the primary goes on.
import {
  ABSENT,
  beginCallback,
  buffer,
  Buffer,
  end,
  firstValue,
  headerPairs,
  Headers,
  httpCall,
  lastCallToken,
  size,
  start,
  Status,
  take,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { beginDecisions, continueDecisions, countDecisions, decide, Outcome } from '../../plan/assembly/decisions'
import { endOf, isCompared, isDryRun, payloadOf, policyOf } from '../../plan/assembly/operation'
import { afterText, text } from '../../plan/assembly/text'
import { OPERATION_HEADER } from '../../plan/layout'
import { copyOfHeaders, isCopy, isUpgrade, requestIdOf, withEdits } from './copy'
import { isOpen, sent } from './breaker'
import { beginComparison } from './compare'
import { countDropped, Dropped } from './dropped'
import {
  collect,
  gather,
  gatherBody,
  gatheredBody,
  gatheredHeaders,
  gatheredOperations,
  gatheredRule,
  gatheringOf,
  gatheringAfter,
  isOver,
  release,
  roomFor,
} from './gather'
import { isSampled } from './sample'

/** Addresses of the mirror operations that this request goes to. */
let chosen: usize = 0
let count: usize = 0
let room: usize = 0
let bodyCap: u32 = 0

/** Before the operations of a request are run. */
export function beginMirrors(): void {
  count = 0
  chosen = 0
  bodyCap = 0
}

/** Remembers a mirror operation of a list of so many bytes; it acts when all edits are done: the copy is what the backend gets. */
export function chooseMirror(operation: usize, listSize: i32): void {
  if (!chosen) {
    room = <usize>listSize / OPERATION_HEADER + 1
    chosen = take(room << 2)
    if (!chosen) return
  }
  if (count == room) return
  store<usize>(chosen + (count << 2), operation)
  count++
}

// @ts-ignore: decorator
@inline
function operationAt(index: usize): usize {
  return load<usize>(chosen + (index << 2))
}

/** Copies the request that is now complete but for its body, or begins to gather that. */
export function mirrorRequest(stream: u32, rule: View, isComplete: bool): void {
  if (!count) return
  const pairs = headerPairs(Headers.Request)
  if (pairs != ABSENT && isCopy(pairs)) return skipAll()
  keepSampled(pairs)
  if (!count) return
  if (pairs == ABSENT) return dropAll(Dropped.Budget)
  if (isUpgrade(pairs)) return dropAll(Dropped.Upgrade)
  const headers = copyOfHeaders(pairs)
  if (headers == ABSENT) return dropAll(Dropped.Budget)
  if (isComplete) return sendAll(stream, headers, NOTHING, NO_TRAILERS)
  const operations = inOnePiece()
  if (operations == ABSENT || !gather(stream, rule, operations, headers, bodyCap)) dropAll(Dropped.Budget)
}

/** A copy of the chosen operations, one behind the other. */
function inOnePiece(): View {
  let length: usize = 0
  for (let i: usize = 0; i < count; i++) length += endOf(operationAt(i)) - operationAt(i)
  const at = take(length)
  if (!at) return ABSENT
  let to = at
  for (let i: usize = 0; i < count; i++) {
    const one = endOf(operationAt(i)) - operationAt(i)
    memory.copy(to, operationAt(i), one)
    to += one
  }
  return view(at, <i32>length)
}

/** Chooses what was gathered for a stream before. */
function chooseAgain(operations: View): void {
  beginMirrors()
  beginDecisions()
  for (let at = start(operations); at < end(operations); at = endOf(at)) chooseMirror(at, size(operations))
}

const NOTHING: View = view(memory.data(4, 4), 0)
/** A pairs buffer of none. */
const NO_TRAILERS: View = view(memory.data(4, 4), 4)

/** Decides for each chosen mirror; what stays chosen is to be sent. */
function keepSampled(pairs: View): void {
  let kept: usize = 0
  for (let index: usize = 0; index < count; index++) {
    const at = operationAt(index)
    const payload = payloadOf(at)
    if (!isSampled(sampleOf(pairs, at), <u32>index, load<u32>(payload), load<u32>(payload, 4))) {
      decide(at, Outcome.Skipped)
    } else if (isDryRun(at)) {
      decide(at, Outcome.Mirrored)
    } else {
      bodyCap = max(bodyCap, load<u32>(payload, 12))
      store<usize>(chosen + (kept << 2), at)
      kept++
    }
  }
  count = kept
}

/** What decides whether the request is in a mirror's sample. */
function sampleOf(pairs: View, operation: usize): View {
  if (pairs == ABSENT) return ABSENT
  const more = afterText(payloadOf(operation) + 16)
  const name = more < endOf(operation) ? text(more) : NOTHING
  return size(name) > 0 ? firstValue(pairs, name) : requestIdOf(pairs)
}

/** A piece of the request's body, the last one if `isEnd`. */
export function mirrorBody(stream: u32, length: i32, isEnd: bool): void {
  const node = gatheringOf(stream)
  if (!node) return
  if (length > 0) {
    if (<u32>length > roomFor(node)) return abandon(node, Dropped.TooLarge)
    const bytes = buffer(Buffer.RequestBody, 0, length)
    if (bytes == ABSENT || !gatherBody(node, bytes)) return abandon(node, Dropped.Budget)
  }
  if (isEnd) finish(node, NO_TRAILERS)
}

/** The request's body has ended with trailers. */
export function mirrorTrailers(stream: u32): void {
  const node = gatheringOf(stream)
  if (!node) return
  const trailers = headerPairs(Headers.RequestTrailers)
  finish(node, trailers == ABSENT ? NO_TRAILERS : trailers)
}

/** On ticks: streams that are gone while their body had not ended have no copy. */
export function endMirrors(): void {
  for (let node = gatheringAfter(0), next: usize = 0; node; node = next) {
    next = gatheringAfter(node)
    if (!isOver(node)) continue
    beginCallback()
    if (collect(node)) {
      chooseAgain(gatheredOperations)
      dropAll(Dropped.Reset)
      countDecisions(0)
    }
    release(node)
  }
}

function finish(node: usize, trailers: View): void {
  if (!collect(node)) return abandon(node, Dropped.Budget)
  chooseAgain(gatheredOperations)
  sendAll(load<u32>(node), gatheredHeaders, gatheredBody, trailers)
  continueDecisions(gatheredRule)
  release(node)
}

function abandon(node: usize, reason: i32): void {
  if (collect(node)) {
    chooseAgain(gatheredOperations)
    dropAll(reason)
    continueDecisions(gatheredRule)
  } else {
    countDropped(reason)
  }
  release(node)
}

function sendAll(stream: u32, headers: View, body: View, trailers: View): void {
  for (let i: usize = 0; i < count; i++) send(stream, operationAt(i), headers, body, trailers)
}

function send(stream: u32, operation: usize, headers: View, body: View, trailers: View): void {
  const payload = payloadOf(operation)
  if (<u32>size(body) > load<u32>(payload, 12)) return drop(operation, Dropped.TooLarge)
  const cluster = text(payload + 16)
  if (isOpen(cluster)) return drop(operation, Dropped.Breaker)
  const more = afterText(payload + 16)
  const own = more < endOf(operation) ? withEdits(headers, afterText(more), endOf(operation)) : headers
  if (own == ABSENT) return drop(operation, Dropped.Budget)
  const status = httpCall(cluster, own, body, trailers, load<u32>(payload, 8))
  if (status != Status.Ok) return drop(operation, Dropped.NoBackend)
  sent(lastCallToken())
  if (isCompared(operation)) beginComparison(lastCallToken(), stream, policyOf(operation))
  decide(operation, Outcome.Mirrored)
}

function skipAll(): void {
  for (let i: usize = 0; i < count; i++) decide(operationAt(i), Outcome.Skipped)
}

function dropAll(reason: i32): void {
  for (let i: usize = 0; i < count; i++) drop(operationAt(i), reason)
}

function drop(operation: usize, reason: i32): void {
  countDropped(reason)
  decide(operation, Outcome.Dropped)
}
