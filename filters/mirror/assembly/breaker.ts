// Clusters that do not answer: what became of copies comes in, whether the next one is worth sending comes out. When nobody but
// Envoy itself has answered so many copies in a row, one a tick goes out to see and the others are left out, until one is answered:
// a connection that is refused costs the primaries' worker more than a copy. Two fixed tables, direct-mapped; what falls out of
// them is sent.
import { ABSENT, hasTicks, header, Headers, literal, randomNumber, spread, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { statusIn } from './status'

/** Unanswered copies in a row, as many as Envoy's own outlier detection waits for. */
const MOST: u32 = 5
/** u64 hash of the name · unanswered in a row · tick of the last copy that was tried since */
const CLUSTER: usize = 16
const CLUSTERS: usize = 256
/** u64 hash of the cluster's name · token, 0 when it has come to its end · tick of its beginning */
const CALL: usize = 16
const CALLS_BITS: u32 = 10

const clusters: usize = memory.data(256 * 16, 8)
const calls: usize = memory.data(1024 * 16, 8)
let ticks: u32 = 1
/** Nobody can name clusters that meet another's. */
let secret: u64 = 0
/** The cluster that `isOpen` was asked for last. */
let asked: u64 = 0

/** A call whose end was not told by then, as its root is gone, gives its place away. */
const LONG: u32 = 1024

/** Envoy answers for a backend that it does not reach with as many headers at most. */
const LOCAL_HEADERS: i32 = 4
/** Envoy puts it on what a backend has answered, whatever that says. */
const SERVICE_TIME = literal('x-envoy-upstream-service-time')
const GRPC_STATUS = literal('grpc-status')

/** On ticks: each open circuit lets one copy through. */
export function tryAgain(): void {
  ticks++
}

/** Whether a copy to that cluster is to be left out. */
export function isOpen(cluster: View): bool {
  if (!secret) secret = randomNumber()
  asked = spread(cluster, secret)
  const at = clusterOf(asked)
  if (load<u64>(at) != asked || load<u32>(at, 8) < MOST) return false
  const tried = load<u32>(at, 12)
  store<u32>(at, ticks, 12)
  return tried == ticks
}

/** The copy that `isOpen` was asked about is under way. While others hold its place, nobody learns what becomes of it. */
export function sent(token: u32): void {
  const call = callOf(token)
  if (load<u32>(call, 8) && ticks - load<u32>(call, 12) < LONG) return
  store<u64>(call, asked)
  store<u32>(call, token, 8)
  store<u32>(call, ticks, 12)
}

/** What became of a copy: the number of headers of its answer, 0 without one. In the callback that says so. */
export function settled(token: u32, headers: i32): void {
  const call = callOf(token)
  if (load<u32>(call, 8) != token) return
  store<u32>(call, 0, 8)
  const cluster = load<u64>(call)
  const at = clusterOf(cluster)
  const isKnown = load<u64>(at) == cluster
  if (headers > 0 && !isLocal(headers)) {
    if (isKnown) store<u32>(at, 0, 8)
    return
  }
  // Without ticks nobody would ever look whether it is back.
  if (!hasTicks) return
  store<u64>(at, cluster)
  store<u32>(at, isKnown ? load<u32>(at, 8) + 1 : 1, 8)
}

/** Envoy's own answers: 503, 504 and the like, or a status of gRPC. */
function isLocal(headers: i32): bool {
  if (headers > LOCAL_HEADERS || has(SERVICE_TIME)) return false
  return statusIn(Headers.CallResponse) >= 500 || has(GRPC_STATUS)
}

function has(name: View): bool {
  return header(Headers.CallResponse, name) != ABSENT
}

// @ts-ignore: decorator
@inline
function clusterOf(hash: u64): usize {
  return clusters + (<usize>hash & (CLUSTERS - 1)) * CLUSTER
}

/** Envoy counts tokens in steps of four, others in steps of one. */
function callOf(token: u32): usize {
  return calls + <usize>((token * 0x9e3779b1) >> (32 - CALLS_BITS)) * CALL
}
