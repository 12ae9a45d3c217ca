// Mirroring: the mirror operations of a checked plan and the request as the backend gets it in, copies out. A request
// without body is copied at once; with one, at its end. Whatever happens to a copy, the primary goes on.
import {
  ABSENT,
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
import { decide, Filter, Outcome } from '../../plan/assembly/decisions'
import { endOf, isCompared, isDryRun, payloadOf, policyOf } from '../../plan/assembly/operation'
import { continueRecord, endRecord } from '../../plan/assembly/record'
import { afterText, text } from '../../plan/assembly/text'
import { copyOfHeaders, isCopy, isUpgrade, requestIdOf, withEdits } from './copy'
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
  release,
  roomFor,
} from './gather'
import { isSampled } from './sample'

/** Mirror operations that this request goes to, one after the other. */
let chosen: usize = 0
let chosenSize: usize = 0
let chosenRoom: usize = 0
let bodyCap: u32 = 0

/** Before the operations of a request are run; `most` is their size in bytes. */
export function beginMirrors(): void {
  chosenSize = 0
  chosen = 0
  bodyCap = 0
}

/** Remembers a mirror operation; it acts when all edits are done, as the copy is what the backend gets. */
export function chooseMirror(operation: usize, most: i32): void {
  if (!chosen) {
    chosenRoom = <usize>most
    chosen = take(chosenRoom)
    if (!chosen) return
  }
  const length = endOf(operation) - operation
  if (length > chosenRoom - chosenSize) return
  memory.copy(chosen + chosenSize, operation, length)
  chosenSize += length
}

/** Copies the request that is now complete but for its body, or begins to gather that. */
export function mirrorRequest(stream: u32, rule: View, isComplete: bool): void {
  if (!chosenSize) return
  const pairs = headerPairs(Headers.Request)
  if (pairs != ABSENT && isCopy(pairs)) return skipAll(view(chosen, <i32>chosenSize))
  keepSampled(pairs)
  if (!chosenSize) return
  const operations = view(chosen, <i32>chosenSize)
  if (pairs == ABSENT) return dropAll(operations, Dropped.Budget)
  if (isUpgrade(pairs)) return dropAll(operations, Dropped.Upgrade)
  const headers = copyOfHeaders(pairs)
  if (headers == ABSENT) return dropAll(operations, Dropped.Budget)
  if (isComplete) sendAll(stream, operations, headers, NOTHING, NO_TRAILERS)
  else if (!gather(stream, rule, operations, headers, bodyCap)) dropAll(operations, Dropped.Budget)
}

const NOTHING: View = view(memory.data(4, 4), 0)
/** A pairs buffer of none. */
const NO_TRAILERS: View = view(memory.data(4, 4), 4)

/** Decides for each chosen mirror; what stays in `chosen` is to be sent. */
function keepSampled(pairs: View): void {
  let kept = chosen
  const to = chosen + chosenSize
  let at = chosen
  for (let index: u32 = 0; at < to; index++) {
    const next = endOf(at)
    const payload = payloadOf(at)
    if (!isSampled(sampleOf(pairs, at), index, load<u32>(payload), load<u32>(payload, 4))) {
      decide(Filter.Mirror, at, Outcome.Skipped)
    } else if (isDryRun(at)) {
      decide(Filter.Mirror, at, Outcome.Mirrored)
    } else {
      bodyCap = max(bodyCap, load<u32>(payload, 12))
      memory.copy(kept, at, next - at)
      kept += next - at
    }
    at = next
  }
  chosenSize = kept - chosen
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

/** The stream is gone; if its body had not ended, there is no copy. */
export function endMirrors(stream: u32): void {
  const node = gatheringOf(stream)
  if (!node) return
  if (collect(node)) dropAll(gatheredOperations, Dropped.Reset)
  release(node)
}

function finish(node: usize, trailers: View): void {
  if (!collect(node)) return abandon(node, Dropped.Budget)
  continueRecord(gatheredRule)
  sendAll(load<u32>(node), gatheredOperations, gatheredHeaders, gatheredBody, trailers)
  endRecord()
  release(node)
}

function abandon(node: usize, reason: i32): void {
  if (collect(node)) {
    continueRecord(gatheredRule)
    dropAll(gatheredOperations, reason)
    endRecord()
  } else {
    countDropped(reason)
  }
  release(node)
}

function sendAll(stream: u32, operations: View, headers: View, body: View, trailers: View): void {
  for (let at = start(operations); at < end(operations); at = endOf(at)) send(stream, at, headers, body, trailers)
}

function send(stream: u32, operation: usize, headers: View, body: View, trailers: View): void {
  const payload = payloadOf(operation)
  if (<u32>size(body) > load<u32>(payload, 12)) return drop(operation, Dropped.TooLarge)
  const more = afterText(payload + 16)
  const own = more < endOf(operation) ? withEdits(headers, afterText(more), endOf(operation)) : headers
  if (own == ABSENT) return drop(operation, Dropped.Budget)
  const status = httpCall(text(payload + 16), own, body, trailers, load<u32>(payload, 8))
  if (status != Status.Ok) return drop(operation, Dropped.NoBackend)
  if (isCompared(operation)) beginComparison(lastCallToken(), stream, policyOf(operation))
  decide(Filter.Mirror, operation, Outcome.Mirrored)
}

function skipAll(operations: View): void {
  for (let at = start(operations); at < end(operations); at = endOf(at)) decide(Filter.Mirror, at, Outcome.Skipped)
}

function dropAll(operations: View, reason: i32): void {
  for (let at = start(operations); at < end(operations); at = endOf(at)) drop(at, reason)
}

function drop(operation: usize, reason: i32): void {
  countDropped(reason)
  decide(Filter.Mirror, operation, Outcome.Dropped)
}
