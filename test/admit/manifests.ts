// The manifests of the Gateway API project, and endless variations of them.
// In: `data/upstream`. Out: objects as JSON values; a mutation of an object for every number.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDocument, splitDocuments } from '../../controller/admit/yaml/document.ts'
import { toValue } from '../../controller/admit/yaml/node.ts'

export type Json = Record<string, unknown>

export const upstream = join(import.meta.dirname, 'data/upstream')

/** Paths from `upstream`, sorted. */
export const manifestFiles = (folder = ''): string[] =>
  readdirSync(join(upstream, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.yaml'))
    .map(name => join(folder, name))
    .sort()

export const objectsIn = (text: string): Json[] =>
  splitDocuments(text).flatMap(document => {
    const read = readDocument(document.text)
    const value = read.ok && read.node ? toValue(read.node) : undefined
    return isObject(value) ? [value] : []
  })

/** Objects of the groups whose CRDs we know, with a namespace, as they would reach an API server. */
export const customObjects = (): Json[] =>
  [
    ...manifestFiles().flatMap(file => objectsIn(readFileSync(join(upstream, file), 'utf8'))),
    ...objectsIn(readFileSync(join(import.meta.dirname, 'data/sluice.yaml'), 'utf8')),
  ]
    .filter(object => /gateway\.networking|sluice\.dev/.test(String(object.apiVersion)))
    .map(object => {
      const { namespace = 'default', ...metadata } = (object.metadata ?? {}) as Json
      return { ...object, metadata: object.kind === 'GatewayClass' ? metadata : { ...metadata, namespace } }
    })

/** A generator of numbers from 0 to 1, the same for the same seed. */
export const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const WORDS = [
  ...['', 'a', 'A', '*', '*.a.b', 'a.b', 'a b', 'é', 'x'.repeat(300), '/x', '//', '/../', '/a%2fb', '10s', '0s', '2h'],
  ...['Exact', 'PathPrefix', 'RegularExpression', 'Service', 'Gateway', 'gateway.networking.k8s.io', 'default'],
  ...[
    'HTTP',
    'HTTPS',
    'TLS',
    'Terminate',
    'Passthrough',
    'IPAddress',
    'Hostname',
    '1.2.3.4',
    '::1',
    'Selector',
    'Same',
  ],
  ...[
    'RequestRedirect',
    'URLRewrite',
    'CORS',
    'ExtensionRef',
    'RequestMirror',
    'ReplacePrefixMatch',
    'ReplaceFullPath',
  ],
  ...['Header', 'ClientAddress', 'Node', 'Minute', 'H2C', '300.1.1.1'],
]
const FIELDS = [
  ...['type', 'name', 'port', 'path', 'value', 'hostname', 'filters', 'requestRedirect', 'urlRewrite', 'sectionName'],
  ...['namespace', 'tls', 'mode', 'constructor', '__proto__', 'toString', 'key', 'burst'],
]

/** What mutations are made of. */
export interface Matter {
  words: readonly string[]
  fields: readonly string[]
  /** The fields of an object below which it is changed. */
  roots: (object: Json) => readonly string[]
}

const OF_SPECS: Matter = { words: WORDS, fields: FIELDS, roots: () => ['spec'] }

/** Removes, replaces, repeats, moves or adds something, once or twice. */
export const mutate = (object: Json, random: () => number, { words, fields, roots } = OF_SPECS): Json => {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const scalar = (): unknown =>
    pick<unknown>([
      null,
      true,
      0,
      1,
      -1,
      80,
      65536,
      1.5,
      1e10,
      301,
      [],
      {},
      [1],
      ['a', 'a'],
      { a: 1 },
      ...Array(15).fill(0),
    ]) || pick(words)
  const result = structuredClone(object)
  for (let times = 1 + Math.floor(random() * 2); times > 0; times--) {
    const places = placesIn(result, roots(object))
    if (places.length === 0) break
    const [holder, key] = pick(places)
    const [other, otherKey] = pick(places)
    const value = holder[key]
    switch (Math.floor(random() * 6)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1)
        else delete holder[key]
        break
      case 1:
        holder[key] = scalar()
        break
      case 2:
        if (Array.isArray(value) && value.length > 0) {
          const item = pick(value)
          for (let n = pick([1, 1, 2, 20, 70]); n > 0; n--) value.push(structuredClone(item))
        } else holder[key] = scalar()
        break
      case 3:
        holder[key] = structuredClone(other[otherKey])
        break
      case 4:
        if (isObject(value)) Object.defineProperty(value, pick(fields), { value: scalar(), ...OPEN })
        break
      default:
        if (Array.isArray(value)) value.length = 0
        else holder[key] = scalar()
    }
  }
  return JSON.parse(JSON.stringify(result)) as Json
}

const OPEN = { enumerable: true, writable: true, configurable: true }

const placesIn = (object: Json, roots: readonly string[]): [Json, string][] => {
  const places: [Json, string][] = []
  const visit = (holder: Json, key: string): void => {
    places.push([holder, key])
    const value = holder[key]
    if (typeof value === 'object' && value !== null) for (const inner of Object.keys(value)) visit(value as Json, inner)
  }
  for (const root of roots) visit(object, root)
  return places
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
