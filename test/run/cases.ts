// Many small worlds in one `sluice run`: each case is a namespace with a Gateway address of its own, its YAML, the requests that
// are asked of it over HTTP/1.1 and HTTP/2, and the conditions that its objects are to show.
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse, parseAllDocuments, stringify } from 'yaml'
import type { KubeObject } from '../../controller/model/object.ts'
import { type Client, echoOf, type Protocol, type Reply } from './client.ts'
import type { EchoBackend } from './world.ts'

export interface Case {
  /** A DNS label: the namespace that objects without one are in. */
  name: string
  yaml: string
  rows: Row[]
  /** By `Kind/name` or `Kind/namespace/name`: conditions as `Type=Status/Reason`, each of which has to be there. */
  status?: Record<string, string[]>
}

export interface Row {
  /** `METHOD path`, with GET left out. */
  ask: string
  host?: string
  /** Default: the case's own; `second` is what its YAML calls SECOND. */
  address?: 'second'
  /** Default: 8080, or 8443 with `serverName`. */
  port?: number
  serverName?: string
  headers?: Record<string, string | string[]>
  body?: string
  /** Default: both. */
  over?: Protocol[]
  /** `none`: there is no connection, or the TLS handshake fails. */
  status: number | 'none'
  /** Name of the backend that answers. */
  backend?: string
  /** What the backend saw of the request; undefined: not there. */
  sees?: Record<string, string | undefined>
  /** The path that the backend saw. */
  path?: string
  answers?: Record<string, string | undefined>
  /** Subject of the certificate. */
  certificate?: string
  /** Backends that get a copy. */
  copies?: string[]
}

export interface Stage {
  client: Client
  /** By name: a Backend of that name is in every case's namespace. */
  backends: Readonly<Record<string, EchoBackend>>
  statusDir: string
  addressOf(name: string): string
}

const certificates = readFileSync(join(import.meta.dirname, '../golden/certificates.yaml'), 'utf8')

/** The golden Secret `other`, under another name. */
const secretAs = (_: string, metadata: string): string =>
  certificates
    .split(/^---$/m)
    .find(text => text.includes('metadata: { name: other }'))
    ?.replace(/^metadata: .*$/m, metadata) ?? ''

/** The YAML of a case as it goes into the folder; `CERTIFICATES` as a document brings the golden Secrets. */
export function filesOf({ name, yaml }: Case, { addressOf, backends }: Pick<Stage, 'addressOf' | 'backends'>): string {
  const ours = Object.values(backends).map(
    backend => `
apiVersion: sluice.dev/v1alpha1
kind: Backend
metadata: { name: ${backend.name} }
spec: { endpoints: [{ host: 127.0.0.1, port: ${backend.port} }] }
`,
  )
  const text = [yaml.replace('CERTIFICATES', certificates).replaceAll(/^SECRET (metadata: .*)$/gm, secretAs), ...ours]
    .join('\n---\n')
    .replaceAll('ADDRESS', addressOf(name))
    .replaceAll('SECOND', second(addressOf(name)))
    .replaceAll(/PORT_(\w+)/g, (_, backend: string) => String(backends[backend]?.port))
  return parseAllDocuments(text)
    .flatMap(document => (document.toJS() as KubeObject | null) ?? [])
    .map(object => stringify(placed(object, name, addressOf(name)), { aliasDuplicateObjects: false }))
    .join('---\n')
}

/** In the same network. */
const second = (address: string): string => address.replace(/\d+$/, last => String(Number(last) + 100))

function placed(object: KubeObject, namespace: string, address: string): KubeObject {
  const isNamespace = object.kind === 'Namespace' || object.kind === 'GatewayClass'
  const metadata = isNamespace ? object.metadata : { namespace, ...object.metadata }
  if (object.kind !== 'Gateway') return { ...object, metadata }
  const spec = {
    gatewayClassName: 'sluice',
    addresses: [{ type: 'IPAddress', value: address }],
    ...(object.spec as object),
  }
  return { ...object, metadata, spec }
}

export async function askRow(stage: Stage, name: string, row: Row, protocol: Protocol): Promise<void> {
  const what = `${protocol} ${row.host ?? ''} ${row.ask}`
  const [path = '', method = 'GET'] = row.ask.split(' ').reverse() as [string, string?]
  const before = (row.copies ?? []).map(copy => [stage.backends[copy]!, stage.backends[copy]!.seen.length] as const)
  const own = stage.addressOf(name)
  const sent = stage.client.send({
    protocol,
    address: row.address === 'second' ? second(own) : own,
    port: row.port ?? (row.serverName === undefined ? 8080 : 8443),
    ...(row.serverName === undefined ? {} : { serverName: row.serverName }),
    method,
    path,
    host: row.host ?? 'any.test',
    ...(row.headers ? { headers: row.headers } : {}),
    ...(row.body === undefined ? {} : { body: row.body }),
  })
  if (row.status === 'none') {
    const outcome = await sent.then(
      ({ status }) => status,
      () => 'none',
    )
    expect(outcome, what).to.equal('none')
    return
  }
  const reply = await sent
  expect(reply.status, `${what}: ${reply.body.slice(0, 200)}`).to.equal(row.status)
  for (const [header, value] of Object.entries(row.answers ?? {}))
    expect(reply.headers[header], `${what}: answer's ${header}`).to.equal(value)
  if (row.certificate !== undefined) expect(reply.certificate, `${what}: certificate`).to.equal(row.certificate)
  compareEcho(reply, row, what)
  for (const [backend, count] of before) await backend.reached(count + 1)
}

function compareEcho(reply: Reply, row: Row, what: string): void {
  if (row.backend === undefined && row.sees === undefined && row.path === undefined) return
  const echo = echoOf(reply)
  if (row.backend !== undefined) expect(echo.backend, `${what}: backend`).to.equal(row.backend)
  if (row.path !== undefined) expect(echo.path, `${what}: path`).to.equal(row.path)
  for (const [header, value] of Object.entries(row.sees ?? {}))
    expect(echo.headers[header], `${what}: the backend's ${header}`).to.equal(value)
}

interface Shown {
  type: string
  status: string
  reason: string
  message: string
  observedGeneration: number
  lastTransitionTime: string
}

interface WithConditions {
  conditions?: Shown[]
}

export interface ShownStatus extends WithConditions {
  listeners?: (WithConditions & { name: string; attachedRoutes: number })[]
  parents?: WithConditions[]
  supportedFeatures?: { name: string }[]
}

/** What an object's file says. */
export async function statusOf(statusDir: string, namespace: string, key: string): Promise<ShownStatus> {
  const [kind = '', ...rest] = key.split('/')
  const file = `${join(statusDir, kind, ...(rest.length > 1 ? rest : [namespace, ...rest]))}.yaml`
  return (parse(await readFile(file, 'utf8')) as { status: ShownStatus }).status
}

/** All conditions of an object, its listeners' and its parents', as `Type=Status/Reason`. */
export async function conditionsOf(statusDir: string, namespace: string, key: string): Promise<string[]> {
  const status = await statusOf(statusDir, namespace, key)
  const shown = (prefix: string, of: WithConditions) =>
    (of.conditions ?? []).map(({ type, status, reason }) => `${prefix}${type}=${status}/${reason}`)
  return [
    ...shown('', status),
    ...(status.listeners ?? []).flatMap(listener => shown(`${listener.name}:`, listener)),
    ...(status.parents ?? []).flatMap(parent => shown('', parent)),
  ]
}

/** Waits until all of them are there. */
export async function awaitConditions(statusDir: string, namespace: string, key: string, wanted: readonly string[]) {
  let last: string[] = []
  for (const end = Date.now() + 15_000; Date.now() < end; ) {
    last = await conditionsOf(statusDir, namespace, key).catch(() => [])
    if (wanted.every(condition => last.includes(condition))) return
    await new Promise(done => setTimeout(done, 10))
  }
  expect(last, `${namespace} ${key}`).to.include.members([...wanted])
}
