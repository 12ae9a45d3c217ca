// A header or trailer map with Envoy's behaviour (`HeaderMapImpl`): lower-case names, several values per name in order of
// arrival, pseudo-headers first, and "inline" names that hold one value: adding to them joins with a comma.
import { type Data, fromByteString, readable, toByteString } from './bytes.ts'

export type MapKind = 'request' | 'response' | 'request-trailers' | 'response-trailers'

export type HeaderValues = Data | number | readonly Data[]
/** Headers as callers write them: an object, or pairs where order between names matters. */
export type HeaderInit = Readonly<Record<string, HeaderValues>> | readonly (readonly [Data, Data])[]

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

// Measured on the 1.40 release binary: each name added twice by a filter, and counted.
const REQUEST = words(`
  :authority :method :path :protocol :scheme accept accept-encoding access-control-request-headers
  access-control-request-method access-control-request-private-network authorization cache-control cdn-loop
  connection content-encoding content-length content-type expect grpc-accept-encoding grpc-timeout
  if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive origin pragma proxy-connection
  proxy-status referer te transfer-encoding upgrade user-agent via x-client-trace-id
  x-envoy-attempt-count x-envoy-decorator-operation x-envoy-downstream-service-cluster
  x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms x-envoy-external-address
  x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-internal x-envoy-ip-tags x-envoy-is-timeout-retry
  x-envoy-max-retries x-envoy-original-host x-envoy-original-path x-envoy-original-url x-envoy-retriable-header-names
  x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name
  x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-alt-response
  x-envoy-upstream-rq-timeout-ms x-envoy-upstream-stream-duration-ms x-forwarded-client-cert x-forwarded-for
  x-forwarded-host x-forwarded-port x-forwarded-proto x-request-id`)
const RESPONSE = words(`
  :status access-control-allow-credentials access-control-allow-headers access-control-allow-methods
  access-control-allow-origin access-control-allow-private-network access-control-expose-headers
  access-control-max-age age cache-control connection content-encoding content-length content-type date etag expires
  grpc-message grpc-status keep-alive last-modified location proxy-connection proxy-status server
  transfer-encoding upgrade vary via x-envoy-attempt-count x-envoy-decorator-operation x-envoy-degraded
  x-envoy-immediate-health-check-fail x-envoy-ratelimited
  x-envoy-upstream-canary x-envoy-upstream-healthchecked-cluster x-envoy-upstream-service-time x-request-id`)

const INLINE: Record<MapKind, ReadonlySet<string>> = {
  request: new Set(REQUEST),
  response: new Set(RESPONSE),
  'request-trailers': new Set<string>(),
  'response-trailers': new Set(['grpc-message', 'grpc-status']),
}

/** Whether Envoy keeps a single value of this name in maps of this kind. */
export const isInline = (kind: MapKind, name: string): boolean => INLINE[kind].has(name)

export const inlineNames = (kind: MapKind): string[] => [...INLINE[kind]]

export class HeaderMap {
  readonly kind: MapKind
  #names: string[] = []
  #values: string[] = []
  #pseudo = 0

  constructor(kind: MapKind, init?: HeaderInit) {
    this.kind = kind
    if (init) for (const [name, value] of pairsOf(init)) this.add(name, value)
  }

  get size(): number {
    return this.#names.length
  }

  /** Bytes of all names and values. */
  get byteSize(): number {
    let size = 0
    for (let i = 0; i < this.#names.length; i++) size += this.#names[i]!.length + this.#values[i]!.length
    return size
  }

  nameAt(index: number): string {
    return this.#names[index]!
  }

  valueAt(index: number): string {
    return this.#values[index]!
  }

  /** The first value, as a byte string. */
  first(name: string): string | undefined {
    const at = this.#names.indexOf(this.#key(name))
    return at < 0 ? undefined : this.#values[at]
  }

  add(name: string, value: string): void {
    const key = this.#key(name)
    if (INLINE[this.kind].has(key)) {
      const at = this.#names.indexOf(key)
      if (at >= 0) {
        const held = this.#values[at]!
        // `appendToHeader`: no delimiter around an empty side.
        if (value !== '') this.#values[at] = held === '' ? value : `${held},${value}`
        return
      }
    }
    if (key.charCodeAt(0) === 58 && this.#pseudo < this.#names.length) {
      this.#names.splice(this.#pseudo, 0, key)
      this.#values.splice(this.#pseudo, 0, value)
      this.#pseudo++
    } else {
      if (key.charCodeAt(0) === 58) this.#pseudo++
      this.#names.push(key)
      this.#values.push(value)
    }
  }

  /** All values of the name give way to this one, which goes to the end. */
  set(name: string, value: string): void {
    this.remove(name)
    this.add(name, value)
  }

  remove(name: string): void {
    const key = this.#key(name)
    for (let at = this.#names.indexOf(key); at >= 0; at = this.#names.indexOf(key, at)) {
      this.#names.splice(at, 1)
      this.#values.splice(at, 1)
      if (at < this.#pseudo) this.#pseudo--
    }
  }

  clear(): void {
    this.#names.length = 0
    this.#values.length = 0
    this.#pseudo = 0
  }

  copy(): HeaderMap {
    const map = new HeaderMap(this.kind)
    map.#names = this.#names.slice()
    map.#values = this.#values.slice()
    map.#pseudo = this.#pseudo
    return map
  }

  view(): Headers {
    return new Headers(this.#names.slice(), this.#values.slice())
  }

  #key(name: string): string {
    const key = lower(name)
    return key === 'host' && this.kind === 'request' ? ':authority' : key
  }
}

/** Headers as a test sees them: a copy that does not change. */
export class Headers implements Iterable<[string, string]> {
  readonly #names: readonly string[]
  readonly #values: readonly string[]

  constructor(names: readonly string[], values: readonly string[]) {
    this.#names = names
    this.#values = values
  }

  get size(): number {
    return this.#names.length
  }

  /** The first value as text; undefined where the name is absent. */
  get(name: string): string | undefined {
    const at = this.#names.indexOf(lower(name))
    return at < 0 ? undefined : readable(this.#values[at]!)
  }

  all(name: string): string[] {
    const key = lower(name)
    return this.#values.filter((_, i) => this.#names[i] === key).map(readable)
  }

  /** The first value's bytes, exactly. */
  bytes(name: string): Uint8Array | undefined {
    const at = this.#names.indexOf(lower(name))
    return at < 0 ? undefined : fromByteString(this.#values[at]!)
  }

  has(name: string): boolean {
    return this.#names.includes(lower(name))
  }

  /** Names to values; a name with several values has a list. */
  toObject(): Record<string, string | string[]> {
    const object: Record<string, string | string[]> = {}
    for (const name of new Set(this.#names)) {
      const values = this.all(name)
      object[name] = values.length === 1 ? values[0]! : values
    }
    return object
  }

  toJSON(): [string, string][] {
    return [...this]
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (let i = 0; i < this.#names.length; i++) yield [this.#names[i]!, readable(this.#values[i]!)]
  }
}

// Only A to Z change: names are bytes, not text.
export const lower = (name: string): string => {
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i)
    if (c >= 65 && c <= 90) return name.replace(/[A-Z]/g, letter => letter.toLowerCase())
  }
  return name
}

const isPairs = (init: HeaderInit): init is readonly (readonly [Data, Data])[] => Array.isArray(init)

/** Any way of writing headers, as pairs of byte strings. */
export const pairsOf = (init: HeaderInit): [string, string][] => {
  if (isPairs(init)) return init.map(([name, value]) => [toByteString(name), toByteString(value)])
  const pairs: [string, string][] = []
  for (const name of Object.keys(init)) {
    const values = init[name]!
    if (typeof values === 'number') pairs.push([name, String(values)])
    else if (typeof values === 'string' || values instanceof Uint8Array) pairs.push([name, toByteString(values)])
    else for (const value of values) pairs.push([name, toByteString(value)])
  }
  return pairs
}

/** The pairs that a module gives for a message of its own. */
export const mapOf = (
  kind: 'request' | 'request-trailers',
  pairs: readonly (readonly [string, string])[],
): HeaderMap => {
  const map = new HeaderMap(kind)
  for (const [name, value] of pairs) map.add(name, value)
  return map
}
