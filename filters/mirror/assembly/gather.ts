// Requests whose copy waits for the end of the body, by stream. Each is a rope that begins with what the copy needs: the
// rule's name, the mirror operations it goes to and the headers; the body is appended as it passes by, and the primary
// never waits.
import { actFor, end, size, Status, take, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { append, flatten, free, newRope } from './rope'

/** stream · next in bucket · rope · last block · size of rule · of operations · of headers · of body so far · body cap */
const NODE: usize = 36
const BUCKETS: u32 = 1024
/** Streams that may gather at once on one worker. */
const MOST_NODES: i32 = 4096

const buckets: usize = newBuckets()
let freeNodes: usize = 0
let nodes: i32 = 0
/** How many streams gather now: body callbacks of others cost one comparison. */
export let gathering: i32 = 0

function newBuckets(): usize {
  const at = heap.alloc(<usize>BUCKETS << 2)
  memory.fill(at, 0, <usize>BUCKETS << 2)
  return at
}

// @ts-ignore: decorator
@inline
function bucketOf(stream: u32): usize {
  return buckets + <usize>((stream & (BUCKETS - 1)) << 2)
}

/** Begins to gather; false when the worker's budget is spent. */
export function gather(stream: u32, rule: View, operations: View, headers: View, bodyCap: u32): bool {
  const node = newNode()
  if (!node) return false
  const rope = newRope()
  let last = rope ? append(rope, rule) : 0
  if (last) last = append(last, operations)
  if (last) last = append(last, headers)
  if (!last) {
    free(rope)
    reuse(node)
    return false
  }
  store<u32>(node, stream)
  store<usize>(node, load<usize>(bucketOf(stream)), 4)
  store<usize>(node, rope, 8)
  store<usize>(node, last, 12)
  store<i32>(node, size(rule), 16)
  store<i32>(node, size(operations), 20)
  store<i32>(node, size(headers), 24)
  store<u32>(node, 0, 28)
  store<u32>(node, bodyCap, 32)
  store<usize>(bucketOf(stream), node)
  gathering++
  return true
}

/** The gathering of a stream, or 0. */
export function gatheringOf(stream: u32): usize {
  if (!gathering) return 0
  let node = load<usize>(bucketOf(stream))
  while (node && load<u32>(node) != stream) node = load<usize>(node, 4)
  return node
}

/** Bytes of body that still fit under the cap. */
export function roomFor(node: usize): u32 {
  return load<u32>(node, 32) - load<u32>(node, 28)
}

/** Appends a piece of the body that has room; false when the worker's budget is spent. */
export function gatherBody(node: usize, bytes: View): bool {
  const last = append(load<usize>(node, 12), bytes)
  if (!last) return false
  store<usize>(node, last, 12)
  store<u32>(node, load<u32>(node, 28) + size(bytes), 28)
  return true
}

/** What was gathered, in the arena: set by `collect`. */
export let gatheredRule: View = 0
export let gatheredOperations: View = 0
export let gatheredHeaders: View = 0
export let gatheredBody: View = 0

/** Puts the pieces together; false when there is no memory for them. */
export function collect(node: usize): bool {
  const rule = load<i32>(node, 16)
  const operations = load<i32>(node, 20)
  const headers = load<i32>(node, 24)
  const body = load<i32>(node, 28)
  const bytes = <usize>(rule + operations + headers + body)
  const at = take(bytes)
  if (!at) return false
  flatten(load<usize>(node, 8), at, bytes)
  gatheredRule = view(at, rule)
  gatheredOperations = view(at + <usize>rule, operations)
  gatheredHeaders = view(end(gatheredOperations), headers)
  gatheredBody = view(end(gatheredHeaders), body)
  return true
}

/** The gathering behind another one, the first behind 0; 0 at the end. */
export function gatheringAfter(node: usize): usize {
  const next = node ? load<usize>(node, 4) : 0
  if (next || !gathering) return next
  let bucket = node ? bucketOf(load<u32>(node)) + 4 : buckets
  while (bucket < buckets + (<usize>BUCKETS << 2) && !load<usize>(bucket)) bucket += 4
  return bucket < buckets + (<usize>BUCKETS << 2) ? load<usize>(bucket) : 0
}

/** Asks the host whether the stream is gone. */
export function isOver(node: usize): bool {
  return actFor(load<u32>(node)) != Status.Ok
}

/** Forgets a gathering and takes its memory back. */
export function release(node: usize): void {
  let link = bucketOf(load<u32>(node))
  while (load<usize>(link) != node) link = load<usize>(link) + 4
  store<usize>(link, load<usize>(node, 4))
  free(load<usize>(node, 8))
  reuse(node)
  gathering--
}

function newNode(): usize {
  if (freeNodes) {
    const node = freeNodes
    freeNodes = load<usize>(node, 4)
    return node
  }
  if (nodes == MOST_NODES) return 0
  nodes++
  return heap.alloc(NODE)
}

function reuse(node: usize): void {
  store<usize>(node, freeNodes, 4)
  freeNodes = node
}
