// What belongs to a context: a number (often an address) by context id, for roots and streams. Several roots live in one VM,
// and a change of configuration starts a new one while the streams of the old one go on, so "the" configuration does not
// exist: bind it to its root in `proxy_on_configure`, bind each stream to what its root has in
// `proxy_on_context_create`, and unbind in `proxy_on_delete`. Ids that nobody bound give 0.

/** id · next · value */
const NODE: usize = 12
const BUCKETS: u32 = 4096

// @ts-ignore: decorator
@lazy
const buckets: usize = newBuckets()
let freeNodes: usize = 0

function newBuckets(): usize {
  const at = heap.alloc(<usize>BUCKETS << 2)
  memory.fill(at, 0, <usize>BUCKETS << 2)
  return at
}

// @ts-ignore: decorator
@inline
function bucketOf(context: u32): usize {
  return buckets + (<usize>(context & (BUCKETS - 1)) << 2)
}

function nodeOf(context: u32): usize {
  let node = load<usize>(bucketOf(context))
  while (node && load<u32>(node) != context) node = load<usize>(node, 4)
  return node
}

/** Binds a value to a context, in place of one that it had. */
export function bind(context: u32, value: usize): void {
  let node = nodeOf(context)
  if (!node) {
    node = freeNodes
    if (node) freeNodes = load<usize>(node, 4)
    else node = heap.alloc(NODE)
    store<u32>(node, context)
    store<usize>(node, load<usize>(bucketOf(context)), 4)
    store<usize>(bucketOf(context), node)
  }
  store<usize>(node, value, 8)
}

/** What is bound to a context, or 0. */
export function bound(context: u32): usize {
  const node = nodeOf(context)
  return node ? load<usize>(node, 8) : 0
}

/** Forgets a context and gives what was bound to it, or 0. */
export function unbind(context: u32): usize {
  let link = bucketOf(context)
  while (load<usize>(link) && load<u32>(load<usize>(link)) != context) link = load<usize>(link) + 4
  const node = load<usize>(link)
  if (!node) return 0
  store<usize>(link, load<usize>(node, 4))
  store<usize>(node, freeNodes, 4)
  freeNodes = node
  return load<usize>(node, 8)
}
