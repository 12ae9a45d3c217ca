// Keeps what Envoy rejects from what it is sent. A rejection names a type and a text, not the culprit: the parts that are
// new in the rejected response are halved, one half held back, until one part is left. That one stays out until its
// content changes, and its last good version stays in; a route that never was good answers 500 (as a rule with an
// invalid filter does), or is left out where Envoy does not take its match either.
import type { Route, VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import { contentOf, hostSlot, type Part, type Place, partsOf, routesOf, shellOf, slotOf, type Table } from './parts.ts'
import type { Resource } from './resource.ts'
import { createVerdicts, type SavedVerdict, type Verdict } from './verdicts.ts'

export interface Rejection extends Place {
  /** Envoy's words. */
  message: string
}

export interface Quarantine {
  /** What to send in its place: itself, its last good form, a mixture; undefined: nothing, Envoy keeps what it has. */
  admit(resource: Resource): Resource | undefined
  /** Envoy has taken it. */
  accept(resource: Resource): void
  /** Envoy has rejected a response that held these. */
  reject(resources: readonly Versioned[], message: string): void
  /** Envoy's words, if it has rejected these very bytes on their own: they are never sent again. */
  refusal(resource: Versioned): string | undefined
  /** It cannot even be encoded. */
  condemn(part: Part, message: string): void
  /** An Envoy went before it had answered: that nothing was rejected means nothing. */
  doubt(): void
  /** Lets go of the next that was held back; to be called when everything sent has been answered. */
  release(): void
  /** Whether anything is held back. */
  isSearching(): boolean
  /** Whether something failed for a reason outside of it (a port in use). */
  isPassing(): boolean
  /** Gives that another chance. */
  retry(): void
  /** What of these is kept out, and why. */
  rejections(resources: readonly Resource[]): Rejection[]
  /** Forgets the last good form of everything else. */
  retain(resources: readonly Resource[]): void
  /** Changes whenever something else is admitted or rejected than before. */
  revision(): number
  /** For the next process. */
  save(): SavedQuarantine
}

export interface Versioned {
  resource: Resource
  version: string
}

export interface SavedQuarantine {
  verdicts: SavedVerdict[]
  /** Last good forms of routes that are kept out, by slot. */
  routes: Record<string, Route>
}

export const createQuarantine = (saved: SavedQuarantine = { verdicts: [], routes: {} }): Quarantine => {
  const verdicts = createVerdicts(saved.verdicts)
  const lastGood = new Map<string, Resource>()
  /** The last one is released first: it is the smallest. */
  const groups: Group[] = []
  const mixtures = new WeakMap<VirtualHost, { epoch: number; host: VirtualHost }>()
  /** By what was sent, what Envoy said. */
  const refused = new Map<string, string>()
  let epoch = 0
  let passing = false

  const goodTable = (name: string): Table | undefined =>
    lastGood.get(slotOf({ type: 'RouteConfiguration', name })) as Table | undefined

  const goodHost = (table: Table, host: VirtualHost): VirtualHost | undefined =>
    goodTable(table.name)?.virtualHosts.find(({ name }) => name === host.name)

  const goodRoutes = (table: Table, host: VirtualHost): Map<string, Route> => {
    const good = goodHost(table, host)
    return new Map(good ? routesOf(table, good).map(({ slot, json }) => [slot, json]) : [])
  }

  const admitHost = (table: Table, host: VirtualHost): VirtualHost[] => {
    if (!verdicts.touches(hostSlot(table, host))) return [host]
    if (verdicts.excludes(shellOf(table, host))) {
      const good = goodHost(table, host)
      return good && !verdicts.excludes(shellOf(table, good)) ? [good] : []
    }
    const known = mixtures.get(host)
    if (known?.epoch === epoch) return [known.host]
    const good = goodRoutes(table, host)
    const routes = routesOf(table, host).flatMap(part => {
      if (!verdicts.excludes(part)) return [part.json]
      return standIns(part.json, verdicts.of(part), good.get(part.slot) ?? saved.routes[part.slot])
        .filter(json => !verdicts.excludes({ slot: part.slot, json }))
        .slice(0, 1)
    })
    const mixture = { ...host, routes }
    mixtures.set(host, { epoch, host: mixture })
    return [mixture]
  }

  const condemn = (part: Part, message: string): void => {
    const isOutside = outside.test(message)
    verdicts.set(part, { type: 'bad', message, passing: isOutside })
    passing ||= isOutside
    epoch++
  }

  const doubt = (): void => {
    for (const group of groups) group.message = undefined
  }

  /** One of them is guilty. The last one left is not sent again to prove it. */
  const narrow = (suspects: readonly Part[], message: string): void => {
    const [only] = suspects
    if (suspects.length === 1 && only) condemn(only, message)
    else holdHalf(suspects, message)
  }

  const holdHalf = (suspects: readonly Part[], message: string): void => {
    const parts = suspects.slice(Math.ceil(suspects.length / 2))
    for (const part of parts) verdicts.set(part, { type: 'held' })
    groups.push({ parts, message })
    epoch++
  }

  /** Parts of what was rejected that Envoy has not taken before in this very form. */
  const suspectsIn = (resource: Resource): Part[] => {
    const good = lastGood.get(slotOf(resource))
    if (!good) return partsOf(resource)
    const same = new Set(good.type === 'RouteConfiguration' ? good.virtualHosts : [])
    const rest = resource.type === 'RouteConfiguration' ? without(resource, same) : resource
    const known = new Map(partsOf(good).map(part => [part.slot, part]))
    return partsOf(rest).filter(part => {
      const before = known.get(part.slot)
      return before === undefined || (before.json !== part.json && contentOf(before) !== contentOf(part))
    })
  }

  return {
    admit: resource => {
      if (!verdicts.touches(slotOf(resource))) return resource
      if (verdicts.excludes({ slot: slotOf(resource), json: resource.json })) {
        const good = lastGood.get(slotOf(resource))
        return good && !verdicts.excludes({ slot: slotOf(good), json: good.json }) ? good : undefined
      }
      if (resource.type !== 'RouteConfiguration') return resource
      return { ...resource, virtualHosts: resource.virtualHosts.flatMap(host => admitHost(resource, host)) }
    },
    accept: resource => {
      const accepted = slotOf(resource)
      lastGood.set(accepted, resource)
      if (!verdicts.touches(accepted)) return
      verdicts.review((verdict, slot) => {
        if (verdict.type !== 'retried' || slot !== accepted) return verdict
        epoch++
        return undefined
      })
    },
    reject: (rejected, message) => {
      const resources = rejected.map(({ resource }) => resource)
      if (rejected.length === 1) refused.set(refusedKey(rejected[0]!), message)
      forgetOldest(refused)
      const found = resources.flatMap(suspectsIn)
      const heads = resources.map(({ type, name, json }): Part => ({ type, name, slot: slotOf({ type, name }), json }))
      const suspects = found.length > 0 ? found : heads
      // Another Envoy said so before: what came of it has changed what is sent.
      if (suspects.some(verdicts.excludes)) return
      // The guilty one was among these: nothing is known any more of those that were held back before.
      doubt()
      narrow(suspects, message)
    },
    refusal: versioned => refused.get(refusedKey(versioned)),
    condemn,
    doubt,
    release: () => {
      const { parts, message } = groups.pop()!
      const held = new Map(parts.map(part => [part.slot, contentOf(part)]))
      verdicts.review((verdict, slot, content) =>
        verdict.type === 'held' && held.get(slot) === content ? undefined : verdict,
      )
      epoch++
      if (message !== undefined) narrow(parts, message)
    },
    isSearching: () => groups.length > 0,
    retry: () => {
      verdicts.review(verdict =>
        verdict.type === 'bad' && verdict.passing ? { type: 'retried', message: verdict.message } : verdict,
      )
      for (const [key, message] of refused) if (outside.test(message)) refused.delete(key)
      passing = false
      epoch++
    },
    isPassing: () => passing,
    rejections: resources =>
      resources
        .filter(resource => verdicts.touches(slotOf(resource)))
        .flatMap(partsOf)
        .flatMap(part => {
          const verdict = verdicts.of(part)
          const { slot: _, json: __, ...place } = part
          return verdict && verdict.type !== 'held' ? [{ ...place, message: verdict.message }] : []
        }),
    retain: resources => {
      const wanted = new Set(resources.map(slotOf))
      for (const slot of lastGood.keys()) if (!wanted.has(slot)) lastGood.delete(slot)
    },
    revision: () => epoch,
    save: () => {
      const routes: Record<string, Route> = {}
      for (const good of lastGood.values()) {
        if (good.type !== 'RouteConfiguration' || !verdicts.touches(slotOf(good))) continue
        for (const host of good.virtualHosts) {
          if (!verdicts.touches(hostSlot(good, host))) continue
          for (const part of routesOf(good, host)) if (verdicts.touches(part.slot)) routes[part.slot] = part.json
        }
      }
      return { verdicts: verdicts.save(), routes }
    },
  }
}

/** Held back together; with a message, it is one of them that Envoy complains of, unless it rejects the rest, too. */
interface Group {
  parts: readonly Part[]
  message: string | undefined
}

/** What may stand in for a route, the best first. While it is only held back nothing new takes its place. */
const standIns = (route: Route, verdict: Verdict | undefined, good: Route | undefined): Route[] => [
  ...(good ? [good] : []),
  ...(verdict?.type === 'bad' ? [refusalOf(route)] : []),
]

/** Remembered, so that its bytes are. */
const refusalOf = (route: Route): Route => {
  const known = refusals.get(route)
  if (known) return known
  const refusal: Route = {
    ...(route.name === undefined ? {} : { name: route.name }),
    ...(route.match === undefined ? {} : { match: route.match }),
    directResponse: { status: 500 },
  }
  refusals.set(route, refusal)
  return refusal
}

const refusals = new WeakMap<Route, Route>()

const without = (table: Table, hosts: ReadonlySet<VirtualHost>): Table => ({
  ...table,
  virtualHosts: table.virtualHosts.filter(host => !hosts.has(host)),
})

const refusedKey = ({ resource, version }: Versioned): string => `${slotOf(resource)} ${version}`

const MOST_REFUSED = 1_000

const forgetOldest = (refused: Map<string, string>): void => {
  const [oldest] = refused.keys()
  if (refused.size > MOST_REFUSED && oldest !== undefined) refused.delete(oldest)
}

const outside = /cannot bind|Address already in use/i
