// A virtual host that Envoy never takes, as the last one of a RouteConfiguration: Envoy looks at the others first
// (RouteMatcher builds host by host), so what it says tells whether these are good, and nothing of it becomes live. The
// same text stands in Envoy's log.
import type { VirtualHost } from '../../envoy/schema/envoy.gen.ts'

/** No host's name has a space. */
const NAME = 'sluice probe'

/** Without it, if it is there. */
export const withoutProbe = (hosts: readonly VirtualHost[]): readonly VirtualHost[] =>
  hosts.at(-1)?.name === NAME ? hosts.slice(0, -1) : hosts

export const probeHost = (step: number): VirtualHost => ({
  name: NAME,
  domains: ['sluice-probe.invalid'],
  routes: [
    {
      name: NAME,
      match: { safeRegex: { regex: `sluice looks for the route that Envoy rejects, step ${step} (` } },
      directResponse: { status: 404 },
    },
  ],
})

/** The step whose probe Envoy has come to: all before it is good. */
export const probedStep = (message: string): number | undefined => {
  const step = /sluice looks for the route that Envoy rejects, step (\d+) \(/.exec(message)?.[1]
  return step === undefined ? undefined : Number(step)
}
