// What filters have counted in the host: they add up and hand over on ticks, so a test lets the time pass.
import { HAND_OVER_MILLISECONDS } from '../../filters/suite/names.ts'
import type { Host } from '../host/core/index.ts'

/** The host's metrics, once all was handed over. */
export async function countedIn(host: Host): Promise<Record<string, number>> {
  await host.clock.advance(HAND_OVER_MILLISECONDS)
  return host.metrics
}
