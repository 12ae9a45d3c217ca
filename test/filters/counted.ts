// What filters have counted. They add up and hand over on ticks: in the host a test lets the time pass, in Envoy it waits.
import { HAND_OVER_MILLISECONDS } from '../../filters/suite/names.ts'
import type { Host } from '../host/core/index.ts'

/** The host's metrics, once all was handed over. */
export async function countedIn(host: Host): Promise<Record<string, number>> {
  await host.clock.advance(HAND_OVER_MILLISECONDS)
  return host.metrics
}

const PATIENCE_MS = 10 * HAND_OVER_MILLISECONDS

/** Repeats an assertion until it holds; rejects with what it last said. */
export async function eventually(assertion: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    try {
      await assertion()
      return
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
