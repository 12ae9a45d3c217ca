// Where the host writes its results: fixed static slots, as no host call runs while another one does.
import { Status } from './abi'
import { ABSENT, hostView, View } from './bytes'

export const OUT_AT: usize = memory.data(8, 8)
export const OUT_SIZE: usize = memory.data(8, 8)
export const OUT_NUMBER: usize = memory.data(8, 8)

/** The byte range that the last call wrote to `OUT_AT` and `OUT_SIZE`. */
// @ts-ignore: decorator
@inline
export function outView(): View {
  return hostView(load<usize>(OUT_AT), load<i32>(OUT_SIZE))
}

/** What a call has written there that gave this status, `ABSENT` when it did not succeed. */
export function outcome(status: i32): View {
  return status == Status.Ok ? outView() : ABSENT
}
