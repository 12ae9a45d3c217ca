// The controller, whatever its objects come from:
//
//   source ─► store ─snapshot─► translate ─► proxies ─► emit ─► serve ─► Envoys
//                 (preflight asks the module about each plan)      │
//                       └─► statuses ─► onTranslation ◄── acknowledged, rejected
//
// A change marks the world dirty, one loop translates the whole of it; what did not change costs nothing.
import type { Emit } from './emit/emit.ts'
import type { ProxyId, Proxy as ProxyIr } from './ir/ir.ts'
import type { ObjectKey } from './model/object.ts'
import { gatewaysOf, namesOf, rulesOf } from './rejected.ts'
import type { Rejection } from './serve/quarantine.ts'
import type { XdsServer } from './serve/server.ts'
import type { Sink } from './sources/source.ts'
import type { Snapshot } from './store/snapshot.ts'
import { createStore } from './store/store.ts'
import { createTranslator, type Options as TranslateOptions, type Translation } from './translate/translate.ts'
import type { Rejections } from './translate/world.ts'

/** What a translation takes beside the snapshot, but for what the app itself finds out. */
export type Surroundings = Omit<
  TranslateOptions,
  'acknowledged' | 'rejections' | 'refusedListeners' | 'refusedSecrets' | 'goodKeyPairs' | 'now'
>

export interface AppOptions {
  server: Pick<XdsServer, 'set' | 'status'>
  /** Asked before each translation; `book` is what the last one left. */
  surroundings(book: Translation['book'], snapshot: Snapshot): Surroundings
  /** Whether all that the snapshot refers to has been looked at. Nothing is translated before; `refresh` follows. */
  isComplete?(snapshot: Snapshot): boolean
  /**
   * What counts as acknowledged where others have Envoys, too. In: for each object of proxies that have Envoys here the
   * generation that all of these acknowledged, 0 for none. Default: what was acknowledged here, ever.
   */
  acknowledgedByAll?(here: ReadonlyMap<ObjectKey, number>, snapshot: Snapshot): ReadonlyMap<ObjectKey, number>
  emitterFor(proxy: ProxyId): Emit
  /** What an earlier controller left of key pairs that are served. Default: nothing. */
  goodKeyPairs?: Translation['goodKeyPairs']
  onTranslation(outcome: Outcome): void
  /** Milliseconds since 1970. */
  now?: () => number
}

export interface Outcome {
  snapshot: Snapshot
  translation: Translation
  /** By proxy, what its Envoys would not take. */
  rejections: ReadonlyMap<ProxyId, readonly Rejection[]>
  /** From the snapshot to resources that are set. */
  milliseconds: number
  /** Whether every Envoy of the proxy has this very configuration, but for what was rejected; a proxy without Envoys has not. */
  isLive(proxy: ProxyId): boolean
}

export interface App extends Sink {
  /** Translates again soon, though no object changed: time has passed, or the surroundings have. */
  refresh(): void
  /** To be called with each of the server's status events. */
  heard(proxy: ProxyId): void
  stop(): void
}

export function createApp(options: AppOptions): App {
  const { server, surroundings, emitterFor, onTranslation, now = Date.now } = options
  const translate = createTranslator()
  const emitters = new Map<ProxyId, Emit>()
  const published = new Map<ProxyId, Published>()
  const acknowledged = new Map<ObjectKey, number>()
  let rejections: Outcome['rejections'] = new Map()
  let rejectedRules: Rejections = new Map()
  let book: Translation['book'] = new Map()
  let goodKeyPairs: Translation['goodKeyPairs'] = options.goodKeyPairs ?? new Map()
  let turn: NodeJS.Immediate | undefined

  const refresh = () => {
    if (store.isSynced) turn ??= setImmediate(run)
  }
  const store = createStore(refresh)

  const run = () => {
    turn = undefined
    const snapshot = store.snapshot()
    if (options.isComplete?.(snapshot) === false) return
    const started = performance.now()
    rejections = new Map([...published.keys()].map(id => [id, rejectionsOf(id)] as const))
    rejectedRules = unlessEqual(
      rejectedRules,
      rulesOf(rejections, id => published.get(id)?.proxy),
    )
    const translation = translate(snapshot, {
      ...surroundings(book, snapshot),
      acknowledged: options.acknowledgedByAll?.(acknowledgedHere(), snapshot) ?? new Map(acknowledged),
      rejections: rejectedRules,
      refusedListeners: namesOf('Listener', rejections),
      refusedSecrets: namesOf('Secret', rejections),
      goodKeyPairs,
      now: now(),
    })
    book = translation.book
    goodKeyPairs = translation.goodKeyPairs
    const served = new Set(translation.proxies.map(({ id }) => id))
    for (const id of published.keys()) if (!served.has(id)) withdraw(id)
    for (const proxy of translation.proxies) publish(proxy, translation)
    const milliseconds = performance.now() - started
    onTranslation({ snapshot, translation, rejections, milliseconds, isLive: id => isLive(id) })
  }

  const publish = (proxy: ProxyIr, { generations }: Translation) => {
    const objects = generations.get(proxy.id) ?? new Map<ObjectKey, number>()
    const before = published.get(proxy.id)
    // Nothing for Envoy is new, but the objects behind it may be: their generations are acknowledged with the same bytes.
    if (before?.proxy === proxy) before.objects = objects
    else {
      const emit = emitters.get(proxy.id) ?? emitterFor(proxy.id)
      emitters.set(proxy.id, emit)
      published.set(proxy.id, { proxy, objects, generation: server.set(proxy.id, emit(proxy)) })
    }
    acknowledge(proxy.id)
  }

  /** A listener is tried again and again: as long as there is no answer, the last one holds. */
  const rejectionsOf = (id: ProxyId): readonly Rejection[] => {
    const now = server.status(id)?.rejections ?? []
    if (isLive(id)) return now
    const names = new Set(now.map(({ name }) => name))
    return [...now, ...(rejections.get(id) ?? []).filter(({ type, name }) => type === 'Listener' && !names.has(name))]
  }

  /** Its Gateway is gone: Envoys that still run get nothing. */
  const withdraw = (id: ProxyId) => {
    server.set(id, [])
    // One of the same name that comes later has been acknowledged by nobody.
    for (const key of published.get(id)?.objects.keys() ?? []) acknowledged.delete(key)
    published.delete(id)
    emitters.delete(id)
  }

  const isLive = (id: ProxyId): boolean => {
    const envoys = server.status(id)?.envoys ?? []
    const generation = published.get(id)?.generation ?? Number.POSITIVE_INFINITY
    return envoys.length > 0 && envoys.every(envoy => envoy.acknowledged >= generation)
  }

  const acknowledgedHere = (): Map<ObjectKey, number> => {
    const here = new Map<ObjectKey, number>()
    for (const [id, { objects }] of published) {
      if ((server.status(id)?.envoys ?? []).length === 0) continue
      const refused = gatewaysOf(rejections.get(id) ?? [])
      for (const key of objects.keys()) here.set(key, refused.has(gatewayOf(key)) ? 0 : (acknowledged.get(key) ?? 0))
    }
    return here
  }

  /** True where an object's generation has become live with this. */
  const acknowledge = (id: ProxyId): boolean => {
    if (!isLive(id)) return false
    let isNews = false
    for (const [key, generation] of published.get(id)?.objects ?? []) {
      if (acknowledged.get(key) === generation) continue
      acknowledged.set(key, generation)
      isNews = true
    }
    if (isNews) refresh()
    return isNews
  }

  return {
    changes: store.changes,
    synced: store.synced,
    refresh,
    heard: id => {
      acknowledge(id)
      refresh()
    },
    stop: () => clearImmediate(turn),
  }
}

interface Published {
  proxy: ProxyIr
  /** The generation of every object that the proxy carries. */
  objects: ReadonlyMap<ObjectKey, number>
  /** The server's, of these resources. */
  generation: number
}

/** A translator keeps what it made as long as it is asked with the very same map. */
const unlessEqual = (before: Rejections, now: Rejections): Rejections =>
  before.size === now.size && [...now].every(([rule, message]) => before.get(rule) === message) ? before : now

const gatewayOf = (key: ObjectKey): string => key.split('/').slice(2).join('/')
