// A resource in, the bytes that Envoy gets and their version out. What was encoded stays with the JSON object it came
// from, so the cost of a change follows the change: a RouteConfiguration is the bytes of its head followed by those of its
// virtual hosts, and these of their routes', since concatenated protobuf messages merge
// (protobuf.dev/programming-guides/encoding#last-one-wins). Long lists are kept in blocks, of which a change makes one anew.
import { hash } from 'node:crypto'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import type { Messages, Route, VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import { encodeJson } from '../../envoy/schema/registry.ts'
import { type ResourceId, referencesOf } from './references.ts'
import type { Resource, XdsType } from './resource.ts'

export interface Encoded {
  /** Of the content alone: equal bytes have equal versions, also after a restart. */
  version: string
  /** To be put behind each other: copied once, when they are sent. */
  bytes: readonly Uint8Array[]
  /** What Envoy will subscribe to once it has this. */
  references: readonly ResourceId[]
}

export const messageNames = {
  Cluster: 'envoy.config.cluster.v3.Cluster',
  ClusterLoadAssignment: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
  Secret: 'envoy.extensions.transport_sockets.tls.v3.Secret',
  TypedExtensionConfig: 'envoy.config.core.v3.TypedExtensionConfig',
  Listener: 'envoy.config.listener.v3.Listener',
  RouteConfiguration: 'envoy.config.route.v3.RouteConfiguration',
} as const satisfies Record<XdsType, keyof Messages>

/** Throws where the JSON is not of the schema. */
export const encode = (resource: Resource): Encoded => {
  if (resource.type !== 'RouteConfiguration') return single(resource)
  const known = tables.get(resource.virtualHosts)
  if (known?.head === resource.json) return known.encoded
  const encoded = table(resource)
  tables.set(resource.virtualHosts, { head: resource.json, encoded })
  return encoded
}

type Single = Exclude<Resource, { type: 'RouteConfiguration' }>
type Table = Extract<Resource, { type: 'RouteConfiguration' }>

const singles = new WeakMap<object, Encoded>()
const tables = new WeakMap<readonly VirtualHost[], { head: object; encoded: Encoded }>()

const single = (resource: Single): Encoded => {
  const known = singles.get(resource.json)
  if (known) return known
  const bytes = encodeJson(messageNames[resource.type], resource.json)
  const encoded = { version: digest(bytes), bytes: [bytes], references: referencesOf(resource) }
  singles.set(resource.json, encoded)
  return encoded
}

const table = (resource: Table): Encoded => {
  const { digest: version, pieces } = joined([headChunk(resource.json), ...blocksOf(resource.virtualHosts, hostChunk)])
  return { version, bytes: pieces, references: [] }
}

/** The bytes of a field that holds a message, to be put behind others of the same message. */
interface Chunk {
  pieces: readonly Uint8Array[]
  length: number
  digest: string
}

const chunks = new WeakMap<object, Chunk>()

const remember = (key: object, make: () => Chunk): Chunk => {
  const known = chunks.get(key)
  if (known) return known
  const chunk = make()
  chunks.set(key, chunk)
  return chunk
}

const leaf = (bytes: Uint8Array): Chunk => ({ pieces: [bytes], length: bytes.length, digest: digest(bytes) })

const headChunk = (head: Table['json']): Chunk =>
  remember(head, () => leaf(encodeJson(messageNames.RouteConfiguration, head)))

const hostChunk = (host: VirtualHost): Chunk =>
  remember(host, () => {
    const { routes = [], ...shell } = host
    const content = joined([leaf(encodeJson(VIRTUAL_HOST, shell)), ...blocksOf(routes, routeChunk)])
    const head = concat([HOST_TAG, varint(content.length)])
    return flat({ ...content, pieces: [head, ...content.pieces], length: head.length + content.length })
  })

const routeChunk = (route: Route): Chunk => remember(route, () => leaf(encodeJson(VIRTUAL_HOST, { routes: [route] })))

/** Of hosts or routes: what is looked at, put together and copied of one change. */
const BLOCK = 64
/** What is longer is not copied into one piece. */
const LONG = 1 << 18

const blocks = new WeakMap<object, { items: readonly object[]; chunk: Chunk }>()

/** Chunks of a list, 64 items each, found again by their first item. */
const blocksOf = <T extends object>(items: readonly T[], chunkOf: (item: T) => Chunk): Chunk[] => {
  if (items.length <= BLOCK) return items.map(chunkOf)
  const found: Chunk[] = []
  for (let at = 0; at < items.length; at += BLOCK) found.push(blockOf(items.slice(at, at + BLOCK), chunkOf))
  return found
}

const blockOf = <T extends object>(items: readonly T[], chunkOf: (item: T) => Chunk): Chunk => {
  const known = blocks.get(items[0]!)
  if (known?.items.length === items.length && items.every((item, at) => item === known.items[at])) return known.chunk
  const chunk = flat(joined(items.map(chunkOf)))
  blocks.set(items[0]!, { items, chunk })
  return chunk
}

const joined = (parts: readonly Chunk[]): Chunk => ({
  pieces: parts.flatMap(({ pieces }) => pieces),
  length: parts.reduce((sum, { length }) => sum + length, 0),
  digest: digest(parts.map(part => part.digest).join()),
})

const flat = (chunk: Chunk): Chunk => (chunk.length > LONG ? chunk : { ...chunk, pieces: [concat(chunk.pieces)] })

const VIRTUAL_HOST = 'envoy.config.route.v3.VirtualHost'

/** Field number and wire type of `RouteConfiguration.virtual_hosts`: all that an empty host is, but its length. */
const HOST_TAG = encodeJson(messageNames.RouteConfiguration, { virtualHosts: [{}] }).subarray(0, -1)

const varint = (value: number): Uint8Array => new BinaryWriter().uint32(value).finish()

/** Memory of its own: a piece of Buffer's pool, kept as long as its host, would keep all of the pool. */
const concat = (pieces: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** 96 bits: versions tell apart, they prove nothing. */
const digest = (content: Uint8Array | string): string => hash('sha256', content, 'hex').slice(0, 24)
