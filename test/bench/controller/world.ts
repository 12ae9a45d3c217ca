// A world of many routes as a folder: one Gateway, Backends that lead to one echo server, a file for each HTTPRoute, of
// which one changes. In: how many, and whether each has a hostname of its own (tenants) or all share one (one big site).
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { backend, gateway } from '../../run/world.ts'

export const shapes = ['hosts', 'paths'] as const
export type Shape = (typeof shapes)[number]

export interface World {
  routes: number
  shape: Shape
  address: string
  /** Of the server that all Backends lead to. */
  backendPort: number
}

export interface Target {
  host: string
  path: string
}

/** Routes are numbered from 0; this one changes. */
export const CHANGING = 0
export const VERSION_HEADER = 'x-version'
/** A Backend has that many routes. */
export const ROUTES_PER_BACKEND = 100

export const targetOf = (n: number, shape: Shape): Target =>
  shape === 'hosts' ? { host: `r${n}.example.com`, path: '/' } : { host: 'example.com', path: `/r${n}` }

export const fileOf = (n: number): string => `route-${n}.yaml`

/** A route whose answers show its version. Its filters are those of the suite, as in real worlds. */
export const routeText = (n: number, shape: Shape, version: number): string => {
  const { host, path } = targetOf(n, shape)
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: r${n}, namespace: default }
spec:
  parentRefs: [{ name: web }]
  hostnames: [${host}]
  rules:
  - matches: [{ path: { type: PathPrefix, value: ${path} } }]
    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: ${VERSION_HEADER}, value: "${version}" }] }
    backendRefs: [{ group: sluice.dev, kind: Backend, name: ${backendName(n)} }]
`
}

const backendName = (n: number): string => `backend-${Math.floor(n / ROUTES_PER_BACKEND)}`

/** Writes all of it into a folder that nobody watches yet. */
export function writeWorld(folder: string, { routes, shape, address, backendPort }: World): void {
  mkdirSync(folder, { recursive: true })
  const names = new Set(Array.from({ length: routes }, (_, n) => backendName(n)))
  const rest = [gateway(address), ...Array.from(names, name => backend(name, backendPort))]
  writeFileSync(join(folder, 'world.yaml'), rest.join('---\n'))
  for (let n = 0; n < routes; n++) writeFileSync(join(folder, fileOf(n)), routeText(n, shape, 0))
}
