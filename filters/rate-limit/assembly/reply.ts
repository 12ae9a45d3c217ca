// The answer to a request over its limit: 429 with `Retry-After` (RFC 9110, 10.2.3) and the `RateLimit` and
// `RateLimit-Policy` fields of draft-ietf-httpapi-ratelimit-headers, which say which limit it was.
import {
  addPair,
  built,
  clear,
  closePairs,
  GRPC_RESOURCE_EXHAUSTED,
  literal,
  newBuilder,
  openPairs,
  put,
  putDecimal,
  roomIn,
  sendLocalReply,
  size,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { endOf, payloadOf } from '../../plan/assembly/operation'
import { nameOf, nextLimit, requestsOf, unitSecondsOf } from './limit'
import { strictest, strictestWait } from './rate-limit'

const DETAILS = literal('sluice_rate_limited')
const BODY = literal('Too many requests\n')
const RETRY_AFTER = literal('retry-after')
const RATE_LIMIT = literal('ratelimit')
const RATE_LIMIT_POLICY = literal('ratelimit-policy')
const QUOTE = literal('"')
const QUOTA = literal('";q=')
const WINDOW = literal(';w=')
const REMAINING = literal('";r=0;t=')
const COMMA = literal(', ')

const wait = newBuilder(24)
const now = newBuilder(512)
/** Eight limits with names of 256 bytes. */
const policies = newBuilder(2560)

export function replyLimited(operation: usize): void {
  clear(wait)
  putDecimal(wait, <u64>strictestWait)
  clear(now)
  put(now, QUOTE)
  put(now, nameOf(strictest))
  put(now, REMAINING)
  put(now, built(wait))
  clear(policies)
  for (let limit = payloadOf(operation) + 4; limit < endOf(operation); limit = nextLimit(limit)) describe(limit)
  const bytes = 64 + 3072
  const pairs = openPairs(3, bytes) && addPairs() ? closePairs() : NO_PAIRS
  sendLocalReply(429, DETAILS, BODY, pairs, GRPC_RESOURCE_EXHAUSTED)
}

const NO_PAIRS: View = view(memory.data(4, 4), 4)

function addPairs(): bool {
  return addPair(RETRY_AFTER, built(wait)) && addPair(RATE_LIMIT, built(now)) && addPair(RATE_LIMIT_POLICY, built(policies))
}

function describe(limit: usize): void {
  if (roomIn(policies) < 320) return
  if (size(built(policies)) > 0) put(policies, COMMA)
  put(policies, QUOTE)
  put(policies, nameOf(limit))
  put(policies, QUOTA)
  putDecimal(policies, <u64>requestsOf(limit))
  put(policies, WINDOW)
  putDecimal(policies, <u64>unitSecondsOf(limit))
}
