// Which half of the module a stream is on. Mostly a VM has plugins of one half only, and nobody needs to ask; where both share one,
// each stream asks the host for the root id of its plugin.
import { ABSENT, equals, literal, property, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { DOWNSTREAM_ROOT, UPSTREAM_ROOT } from '../names'

export namespace Placement {
  export const None: i32 = 0
  export const Downstream: i32 = 1
  export const Upstream: i32 = 2
}

const ROOT_ID = literal('plugin_root_id')
const DOWNSTREAM = literal(DOWNSTREAM_ROOT)
const UPSTREAM = literal(UPSTREAM_ROOT)

/** Of all roots so far; `None` once there were both. */
let only: i32 = Placement.None
let hasRoots: bool = false

/** To be called when a root is configured: its placement, `None` when its root id is none of ours. */
export function configureRoot(): i32 {
  const placement = ask()
  if (placement == Placement.None) return placement
  only = !hasRoots || only == placement ? placement : Placement.None
  hasRoots = true
  return placement
}

/** The placement of the running stream. */
export function placement(): i32 {
  return only ? only : ask()
}

function ask(): i32 {
  const id: View = property(ROOT_ID)
  if (id == ABSENT) return Placement.None
  if (equals(id, DOWNSTREAM)) return Placement.Downstream
  return equals(id, UPSTREAM) ? Placement.Upstream : Placement.None
}
