// Keeps what Envoy rejects from what it is sent. A rejection names a type and a text, not the culprit: it is searched for
// among what is new in the rejected response (search.ts). Once found it stays out until its content changes, and something
// else takes its place (stand-ins.ts).
import type { Route, VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import { carried } from './carry.ts'
import { contentOf, headOf, hostSlot, type Part, type Place, partsOf, routesOf, slotOf, type Table } from './parts.ts'
import { probedStep, probeHost, withoutProbe } from './probe.ts'
import type { ResourceId } from './references.ts'
import type { Resource, XdsType } from './resource.ts'
import { createSearch } from './search.ts'
import { type Memory, standIn } from './stand-ins.ts'
import { createVerdicts, type SavedVerdict } from './verdicts.ts'

export interface Rejection extends Place {
  /** Envoy's words. */
  message: string
}

export interface Quarantine {
  /** What to send in its place: itself, its last good form, a mixture; undefined: nothing, Envoy keeps what it has. */
  admit(resource: Resource): Resource | undefined
  /** Envoy has taken it. */
  accept(resource: Resource): void
  /** Envoy has rejected a response that held these; true if that was its answer to a probe. */
  reject(resources: readonly Versioned[], message: string): boolean
  /** Envoy's words, if it has rejected these very bytes on their own: they are never sent again. */
  refusal(resource: Versioned): string | undefined
  /** It cannot even be encoded. */
  condemn(part: Part, message: string): void
  /** Everything sent has been answered: the search, if there is one, goes on. */
  settle(): void
  isSearching(): boolean
  /** Whether something failed for a reason outside of it (a port in use). */
  isPassing(): boolean
  /** Gives that another chance. */
  retry(): void
  /** What of these is kept out, and why. */
  rejections(resources: readonly Resource[]): Rejection[]
  /** Whether it is kept out only while the search lasts. */
  isHeld(resource: Resource): boolean
  /** As Envoy took it last; undefined where it never did, or that is long ago. */
  lastGood(id: ResourceId): Resource | undefined
  /** Forgets the last good form of everything else. */
  retain(names: ReadonlyMap<XdsType, ReadonlyMap<string, unknown>>): void
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
  const memory: Memory = { lastGood: slot => lastGood.get(slot), savedRoute: slot => saved.routes[slot] }
  /** By what was sent, what Envoy said. */
  const refused = new Map<string, string>()
  /** By slot the content that Envoy has come past without taking the whole. */
  const passed = new Map<string, string>()
  let revision = 0
  let passing = false

  const condemn = (part: Part, message: string): void => {
    const isOutside = outside.test(message)
    verdicts.set(part, { type: 'bad', message, passing: isOutside })
    passing ||= isOutside
    revision++
  }

  const search = createSearch({
    hold: part => {
      verdicts.set(part, { type: 'held' })
      revision++
    },
    free: part => {
      verdicts.free(part)
      revision++
    },
    convict: condemn,
  })

  /** Parts of what was rejected that Envoy has not found good before in this very form. */
  const suspectsIn = (resource: Resource): Part[] => {
    const good = lastGood.get(slotOf(resource))
    const same = new Set(good?.type === 'RouteConfiguration' ? good.virtualHosts : [])
    const rest = resource.type === 'RouteConfiguration' ? withoutHosts(resource, same) : resource
    const known = new Map(good ? partsOf(good).map(part => [part.slot, part]) : [])
    return partsOf(rest).filter(part => {
      const before = known.get(part.slot)
      if (before && (before.json === part.json || contentOf(before) === contentOf(part))) return false
      return passed.get(part.slot) !== contentOf(part)
    })
  }

  return {
    admit: resource => {
      const within = resource.type === 'RouteConfiguration' ? search.within(slotOf(resource)) : undefined
      if (within?.type === 'waits') return undefined
      if (!verdicts.touches(slotOf(resource))) return resource
      const admitted = standIn(resource, verdicts, memory)
      if (!within || admitted?.type !== 'RouteConfiguration' || verdicts.excludes(headOf(resource))) return admitted
      return { ...admitted, virtualHosts: [...admitted.virtualHosts, probeHost(within.step)] }
    },
    accept: resource => {
      const accepted = slotOf(resource)
      lastGood.set(accepted, resource)
      if (search.isActive()) search.clear(partsOf(resource))
      else passed.clear()
      if (!verdicts.touches(accepted)) return
      verdicts.review((verdict, slot) => {
        if (verdict.type !== 'retried' || slot !== accepted) return verdict
        revision++
        return undefined
      })
    },
    reject: (rejected, message) => {
      const resources = rejected.map(({ resource }) => resource)
      const step = probedStep(message)
      if (step !== undefined && resources.some(isProbe)) {
        const good = resources.filter(isProbe).flatMap(suspectsIn)
        for (const part of good) passed.set(part.slot, contentOf(part))
        search.clear(good)
        search.probed(step)
        return true
      }
      if (rejected.length === 1) refused.set(refusedKey(rejected[0]!), message)
      forgetOldest(refused)
      const found = resources.flatMap(suspectsIn)
      const suspects = found.length > 0 ? found : resources.map(headOf)
      // Another Envoy said so before: what came of it has changed what is sent.
      if (suspects.some(verdicts.excludes)) return false
      search.narrow(suspects, message)
      return false
    },
    refusal: versioned => refused.get(refusedKey(versioned)),
    condemn,
    settle: search.settle,
    isSearching: search.isActive,
    retry: () => {
      verdicts.review(verdict =>
        verdict.type === 'bad' && verdict.passing ? { type: 'retried', message: verdict.message } : verdict,
      )
      for (const [key, message] of refused) if (outside.test(message)) refused.delete(key)
      passing = false
      revision++
    },
    isPassing: () => passing,
    rejections: resources =>
      resources
        .filter(resource => verdicts.touches(slotOf(resource)))
        .flatMap(partsOf)
        .flatMap(part => {
          const verdict = verdicts.of(part)
          const { slot: _, json: __, of: ___, ...place } = part
          return verdict && verdict.type !== 'held' ? [{ ...place, message: verdict.message }] : []
        }),
    isHeld: resource => verdicts.of(headOf(resource))?.type === 'held',
    lastGood: id => lastGood.get(slotOf(id)),
    retain: names => {
      for (const [slot, { type, name }] of lastGood) if (!names.get(type)?.has(name)) lastGood.delete(slot)
    },
    revision: () => revision,
    save: () => {
      const routes: Record<string, Route> = {}
      for (const good of lastGood.values()) {
        if (good.type !== 'RouteConfiguration' || !verdicts.touches(slotOf(good))) continue
        for (const host of good.virtualHosts) {
          if (!verdicts.touches(hostSlot(good, host))) continue
          for (const part of routesOf(good, host))
            if (verdicts.touches(part.slot)) routes[part.slot] = carried(part.json, good.json.typedPerFilterConfig)
        }
      }
      return { verdicts: verdicts.save(), routes }
    },
  }
}

const withoutHosts = (table: Table, hosts: ReadonlySet<VirtualHost>): Table => ({
  ...table,
  virtualHosts: withoutProbe(table.virtualHosts).filter(host => !hosts.has(host)),
})

const isProbe = (resource: Resource): boolean =>
  resource.type === 'RouteConfiguration' && withoutProbe(resource.virtualHosts) !== resource.virtualHosts

const refusedKey = ({ resource, version }: Versioned): string => `${slotOf(resource)} ${version}`

const MOST_REFUSED = 1_000

const forgetOldest = (refused: Map<string, string>): void => {
  const [oldest] = refused.keys()
  if (refused.size > MOST_REFUSED && oldest !== undefined) refused.delete(oldest)
}

const outside = /cannot bind|Address already in use/i
