// Which half of the module a context runs. Several roots share one VM: a configuration change starts a new root while the
// streams of the old one go on, so nothing here is "the" configuration. Streams that a busy ring has forgotten ask the host.
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

/** Direct-mapped by context id: id and placement. A power of two. */
const PLACES: u32 = 64
const roots: usize = memory.data(512, 8)

/** To be called when a root is configured: its placement, `None` when its root id is none of ours. */
export function configureRoot(root: u32): i32 {
  const placement = placementOfRunning()
  const place = roots + <usize>((root & (PLACES - 1)) << 3)
  store<u32>(place, root)
  store<i32>(place, placement, 4)
  return placement
}

/** The placement of a root whose stream is running. */
export function placementOfRoot(root: u32): i32 {
  const place = roots + <usize>((root & (PLACES - 1)) << 3)
  return load<u32>(place) == root ? load<i32>(place, 4) : placementOfRunning()
}

/** Asks the host whose root it is that runs. */
export function placementOfRunning(): i32 {
  const id: View = property(ROOT_ID)
  if (id == ABSENT) return Placement.None
  if (equals(id, DOWNSTREAM)) return Placement.Downstream
  return equals(id, UPSTREAM) ? Placement.Upstream : Placement.None
}
