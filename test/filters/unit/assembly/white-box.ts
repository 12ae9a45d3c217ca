// What the white-box tests look into: helpers of the SDK and logic of the filters, as functions of byte buffers and numbers.
// Views end with the call; what goes out is a copy. `null` is ABSENT.
import * as sdk from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isSampled } from '../../../../filters/mirror/assembly/sample'
import * as key from '../../../../filters/plan/assembly/key'
import * as gather from '../../../../filters/mirror/assembly/gather'
import * as rope from '../../../../filters/mirror/assembly/rope'
import * as rules from '../../../../filters/plan/assembly/rules'
import * as gcra from '../../../../filters/rate-limit/gcra'
import * as path from '../../../../filters/rewrite/assembly/path'

export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'

function view(bytes: ArrayBuffer): sdk.View {
  return sdk.view(changetype<usize>(bytes), bytes.byteLength)
}

function copy(bytes: sdk.View): ArrayBuffer | null {
  if (bytes == sdk.ABSENT) return null
  const out = new ArrayBuffer(sdk.size(bytes))
  memory.copy(changetype<usize>(out), sdk.start(bytes), <usize>sdk.size(bytes))
  return out
}

export function trim(bytes: ArrayBuffer): ArrayBuffer | null {
  return copy(sdk.trim(view(bytes)))
}
export function indexOf(bytes: ArrayBuffer, byte: i32, from: i32): i32 {
  return sdk.indexOf(view(bytes), <u8>byte, from)
}
export function lastIndexOf(bytes: ArrayBuffer, byte: i32): i32 {
  return sdk.lastIndexOf(view(bytes), <u8>byte)
}
export function equals(a: ArrayBuffer, b: ArrayBuffer): bool {
  return sdk.equals(view(a), view(b))
}
export function equalsIgnoringCase(a: ArrayBuffer, b: ArrayBuffer): bool {
  return sdk.equalsIgnoringCase(view(a), view(b))
}
export function startsWith(bytes: ArrayBuffer, prefix: ArrayBuffer): bool {
  return sdk.startsWith(view(bytes), view(prefix))
}
export function skip(bytes: ArrayBuffer, from: i32): ArrayBuffer | null {
  return copy(sdk.skip(view(bytes), from))
}
export function first(bytes: ArrayBuffer, count: i32): ArrayBuffer | null {
  return copy(sdk.first(view(bytes), count))
}
export function positionIn(words: ArrayBuffer, word: ArrayBuffer): i32 {
  return sdk.positionIn(view(words), view(word))
}
export function wordAt(words: ArrayBuffer, position: i32): ArrayBuffer | null {
  return copy(sdk.wordAt(view(words), position))
}
export function sipHash(bytes: ArrayBuffer, key0: u64, key1: u64): u64 {
  return sdk.sipHash(view(bytes), key0, key1)
}
export function spread(bytes: ArrayBuffer, seed: u64): u64 {
  return sdk.spread(view(bytes), seed)
}

const builder = sdk.newBuilder(16)
export function decimal(value: u64): ArrayBuffer | null {
  sdk.clear(builder)
  sdk.putDecimal(builder, value)
  return copy(sdk.built(builder))
}
/** Puts as many of the pieces as there is room for. */
export function build(piece: ArrayBuffer, times: i32): ArrayBuffer | null {
  sdk.clear(builder)
  for (let i = 0; i < times; i++) sdk.put(builder, view(piece))
  return copy(sdk.built(builder))
}
export function pairs(name: ArrayBuffer, value: ArrayBuffer, count: i32, room: i32): ArrayBuffer | null {
  sdk.beginCallback()
  if (!sdk.openPairs(count, room)) return null
  for (let i = 0; i < count; i++) if (!sdk.addPair(view(name), view(value))) return null
  return copy(sdk.closePairs())
}
/** Adds a pair to a buffer that there was no memory for: what is finished all the same. */
export function pairsWithoutMemory(): ArrayBuffer | null {
  sdk.beginCallback()
  if (sdk.openPairs(1, 5 << 20) || sdk.addPair(sdk.literal('name'), sdk.literal('value'))) return null
  return copy(sdk.closePairs())
}
const BLOCK = view(new ArrayBuffer(4072))
/**
 * Gathers a body that the pool has only `left` more blocks for, none of which it may count as its own, and puts together what was
 * gathered: how many bytes behind that are another's now. -1 when the body was gathered all the same.
 */
export function strayBytes(left: i32, piece: ArrayBuffer): i32 {
  sdk.beginCallback()
  const head = view(new ArrayBuffer(8))
  if (!gather.gather(1, head, head, head, 1 << 20)) return -1
  const node = gather.gatheringOf(1)
  let last = rope.newRope()
  const hog = last
  // One block each for the two ropes.
  for (let blocks = 4096 - 2 - left; blocks > 0 && last; blocks--) last = rope.append(last, BLOCK)
  const isGathered = gather.gatherBody(node, view(piece))
  const around = sdk.take(60000)
  memory.fill(around, 0, 60000)
  sdk.beginCallback()
  let stray = 0
  if (gather.collect(node))
    for (let at = sdk.end(gather.gatheredBody); at < around + 60000; at++) if (load<u8>(at)) stray++
  gather.release(node)
  rope.free(hog)
  return isGathered ? -1 : stray
}
/** The first value of the name in a pairs buffer, whatever its bytes are. */
export function firstValue(buffer: ArrayBuffer, name: ArrayBuffer): ArrayBuffer | null {
  return copy(sdk.firstValue(view(buffer), view(name)))
}
export function pairCount(buffer: ArrayBuffer): i32 {
  return sdk.pairCount(view(buffer))
}
export function grpcService(cluster: ArrayBuffer): ArrayBuffer | null {
  sdk.beginCallback()
  return copy(sdk.grpcService(view(cluster)))
}
/** How many blocks of that size the arena gives in one callback, up to `most`. */
export function blocks(bytes: i32, most: i32): i32 {
  sdk.beginCallback()
  let count = 0
  while (count < most && sdk.take(<usize>bytes)) count++
  return count
}

export function isToken(name: ArrayBuffer): bool {
  return rules.isToken(view(name))
}
export function isForbidden(name: ArrayBuffer): bool {
  return rules.isForbidden(view(name))
}
export function isSafeValue(value: ArrayBuffer): bool {
  return rules.isSafeValue(view(value))
}
export function sampled(id: ArrayBuffer, index: u32, numerator: u32, denominator: u32): bool {
  return isSampled(view(id), index, numerator, denominator)
}
export function replacePrefix(from: ArrayBuffer, prefix: ArrayBuffer, value: ArrayBuffer): ArrayBuffer | null {
  sdk.beginCallback()
  return copy(path.replacePrefix(view(from), view(prefix), view(value)))
}
export function isSafePath(one: ArrayBuffer, kept: ArrayBuffer): bool {
  return path.isSafePath(view(one), view(kept))
}
export function drained(level: f64, elapsed: f64, requests: f64, unitSeconds: f64, burst: f64): f64 {
  return gcra.drained(level, elapsed, requests, unitSeconds, burst)
}
export function secondsUntilRoom(level: f64, burst: f64, requests: f64, unitSeconds: f64): f64 {
  return gcra.secondsUntilRoom(level, burst, requests, unitSeconds)
}

export function isKeyOf(name: ArrayBuffer, plan: ArrayBuffer): bool {
  return key.hasKey(view(name)) && key.isKeyOf(view(name), view(plan))
}
export function withoutKey(name: ArrayBuffer): ArrayBuffer | null {
  return copy(key.withoutKey(view(name)))
}
