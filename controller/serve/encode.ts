// A resource in, the bytes that Envoy gets and their version out. What was encoded stays with the JSON object it came
// from, so the cost of a change follows the change: a RouteConfiguration is the bytes of its head followed by those of its
// virtual hosts, and these of their routes', since concatenated protobuf messages merge
// (protobuf.dev/programming-guides/encoding#last-one-wins).
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
  const chunks = [headChunk(resource.json), ...resource.virtualHosts.map(hostChunk)]
  return {
    version: digestAll(chunks),
    bytes: chunks.map(chunk => chunk.bytes),
    references: [],
  }
}

interface Chunk {
  bytes: Uint8Array
  digest: string
}

/** The bytes of a field that holds a message, to be put behind others of the same message. */
const chunks = new WeakMap<object, Chunk>()

const remember = (key: object, make: () => Chunk): Chunk => {
  const known = chunks.get(key)
  if (known) return known
  const chunk = make()
  chunks.set(key, chunk)
  return chunk
}

const leaf = (bytes: Uint8Array): Chunk => ({ bytes, digest: digest(bytes) })

const headChunk = (head: Table['json']): Chunk =>
  remember(head, () => leaf(encodeJson(messageNames.RouteConfiguration, head)))

const hostChunk = (host: VirtualHost): Chunk =>
  remember(host, () => {
    const { routes = [], ...shell } = host
    const parts = [leaf(encodeJson(VIRTUAL_HOST, shell)), ...routes.map(routeChunk)]
    const length = parts.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const bytes = concat([{ bytes: HOST_TAG }, { bytes: varint(length) }, ...parts])
    return { bytes, digest: digestAll(parts) }
  })

const routeChunk = (route: Route): Chunk => remember(route, () => leaf(encodeJson(VIRTUAL_HOST, { routes: [route] })))

const VIRTUAL_HOST = 'envoy.config.route.v3.VirtualHost'

/** Field number and wire type of `RouteConfiguration.virtual_hosts`: all that an empty host is, but its length. */
const HOST_TAG = encodeJson(messageNames.RouteConfiguration, { virtualHosts: [{}] }).subarray(0, -1)

const varint = (value: number): Uint8Array => new BinaryWriter().uint32(value).finish()

/** Memory of its own: a piece of Buffer's pool, kept as long as its host, would keep all of the pool. */
const concat = (parts: readonly { bytes: Uint8Array }[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  for (const { bytes } of parts) {
    whole.set(bytes, at)
    at += bytes.length
  }
  return whole
}

const digestAll = (parts: readonly Chunk[]): string => digest(parts.map(part => part.digest).join())

/** 96 bits: versions tell apart, they prove nothing. */
const digest = (content: Uint8Array | string): string => hash('sha256', content, 'hex').slice(0, 24)
