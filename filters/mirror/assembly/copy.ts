// The copy of a request's headers: what the backend gets, without what belongs to one hop only.
import {
  ABSENT,
  addPair,
  beginPairs,
  closePairs,
  equals,
  firstValue,
  literal,
  nextPair,
  openPairs,
  pairCount,
  pairName,
  pairValue,
  size,
  start,
  startsWith,
  View,
  wordAt,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { FORBIDDEN } from '../../plan/assembly/rules'
import { afterText, text } from '../../plan/assembly/text'
import { EDIT_ADD, EDIT_REMOVE } from '../../plan/layout'

const METHOD = literal(':method')
const CONNECT = literal('CONNECT')
const UPGRADE = wordAt(FORBIDDEN, 6)
const REQUEST_ID = literal('x-request-id')

const CONNECTION = wordAt(FORBIDDEN, 1)
const KEEP_ALIVE = wordAt(FORBIDDEN, 2)
const PROXY_CONNECTION = wordAt(FORBIDDEN, 3)
const TE = wordAt(FORBIDDEN, 4)
const TRAILERS = literal('trailers')
const CONTENT_TYPE = literal('content-type')
const APPLICATION_GRPC = literal('application/grpc')
const TRAILER = wordAt(FORBIDDEN, 5)
const TRANSFER_ENCODING = wordAt(FORBIDDEN, 8)

/** On every copy: it is not copied again, by this Envoy or by another behind it, so that no mirror feeds itself. */
const COPY = literal('x-sluice-copy')
const YES = literal('1')

export function isCopy(pairs: View): bool {
  return firstValue(pairs, COPY) != ABSENT
}

export function requestIdOf(pairs: View): View {
  return firstValue(pairs, REQUEST_ID)
}

/** It has no end: no copy of it can be complete. */
export function isUpgrade(pairs: View): bool {
  const method = firstValue(pairs, METHOD)
  return (method != ABSENT && equals(method, CONNECT)) || firstValue(pairs, UPGRADE) != ABSENT
}

/** Headers with the edits of a mirror: set and add as the request's, remove, in their order. `ABSENT` without memory. */
export function withEdits(pairs: View, from: usize, to: usize): View {
  if (from >= to) return pairs
  let count = 0
  for (let at = from; at < to; at = afterEdit(at)) count++
  if (!openPairs(pairCount(pairs) + count, size(pairs) + <i32>(to - from))) return ABSENT
  beginPairs(pairs)
  while (nextPair()) if (!isReplaced(pairName, from, to)) addPair(pairName, pairValue)
  for (let at = from; at < to; at = afterEdit(at))
    if (load<u8>(at) != <u8>EDIT_REMOVE) addPair(text(at + 1), text(afterText(at + 1)))
  return closePairs()
}

function afterEdit(at: usize): usize {
  return afterText(afterText(at + 1))
}

function isReplaced(name: View, from: usize, to: usize): bool {
  for (let at = from; at < to; at = afterEdit(at))
    if (load<u8>(at) != <u8>EDIT_ADD && equals(text(at + 1), name)) return true
  return false
}

/**
 * `ABSENT` when there is no memory for it. A call of gRPC says `te: trailers` on its new hop, too: servers may refuse it
 * otherwise (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Requests).
 */
export function copyOfHeaders(pairs: View): View {
  let isGrpc = false
  let hasTe = false
  if (!openPairs(pairCount(pairs) + 1, size(pairs) + 32)) return ABSENT
  beginPairs(pairs)
  while (nextPair()) {
    if (isHopByHop(pairName)) {
      if (equals(pairName, TE)) hasTe = true
      continue
    }
    if (equals(pairName, CONTENT_TYPE)) isGrpc = startsWith(pairValue, APPLICATION_GRPC)
    addPair(pairName, pairValue)
  }
  if (isGrpc && hasTe) addPair(TE, TRAILERS)
  addPair(COPY, YES)
  return closePairs()
}

function isHopByHop(name: View): bool {
  switch (load<u8>(start(name))) {
    case 0x63: // c
      return equals(name, CONNECTION)
    case 0x6b: // k
      return equals(name, KEEP_ALIVE)
    case 0x70: // p
      return equals(name, PROXY_CONNECTION)
    case 0x74: // t
      return equals(name, TE) || equals(name, TRAILER) || equals(name, TRANSFER_ENCODING)
    default:
      return false
  }
}
