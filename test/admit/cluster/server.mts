// The API server of the cluster whose network this process is in (KUBECONFIG says where, as `rig exec` sets it).
// In: an object, as text. Out: whether it would be stored, and what the server says to it. Nothing is stored: dry run.
import { readFileSync } from 'node:fs'
import { Agent, type RequestOptions, request } from 'node:https'
import { parse } from 'yaml'
import { groupOf } from '../../../controller/model/object.ts'
import { isObject, type Json } from '../manifests.ts'

export type Answer =
  /** Without the object where one of the name exists: that is found out last, after validation. */
  | { type: 'accepted'; object?: Json }
  /** `messages` are sorted; `where` is the step of the API server that refused. */
  | { type: 'refused'; where: 'kind' | 'decoding' | 'validation' | 'other'; messages: string[] }

export interface Server {
  /** `text` is one document, YAML or JSON, of the object that `head` is part of. */
  ask(text: string, head: Json): Promise<Answer>
  /** Stores a namespace, for others to be in. */
  createNamespace(name: string): Promise<void>
}

interface Resource {
  name: string
  namespaced: boolean
}

interface Reply {
  status: number
  body: Json
}

/** As many as keep two cores busy. */
const CONNECTIONS = 16
const DRY_RUN = '?dryRun=All&fieldValidation=Strict'

export const connect = (kubeconfig: string): Server => {
  const send = sender(kubeconfig)
  const resources = new Map<string, Promise<Map<string, Resource>>>()

  const resourcesOf = (apiVersion: string): Promise<Map<string, Resource>> => {
    const known = resources.get(apiVersion)
    if (known) return known
    const asked = send('GET', rootOf(apiVersion)).then(({ body }) => {
      const list = (body.resources ?? []) as ({ kind: string } & Resource)[]
      return new Map(list.filter(r => !r.name.includes('/')).map(r => [r.kind, r]))
    })
    resources.set(apiVersion, asked)
    return asked
  }

  return {
    ask: async (text, head) => {
      const apiVersion = String(head.apiVersion)
      const resource = (await resourcesOf(apiVersion)).get(String(head.kind))
      if (resource === undefined) return { type: 'refused', where: 'kind', messages: [] }
      const place = resource.namespaced ? `/namespaces/${namespaceOf(head)}` : ''
      return answerOf(await send('POST', `${rootOf(apiVersion)}${place}/${resource.name}${DRY_RUN}`, text))
    },
    createNamespace: async name => {
      const { status, body } = await send('POST', '/api/v1/namespaces', JSON.stringify({ metadata: { name } }))
      if (status !== 201 && body.reason !== 'AlreadyExists') throw new Error(`namespace ${name}: ${body.message}`)
    },
  }
}

const rootOf = (apiVersion: string): string =>
  groupOf(apiVersion) === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`

export const namespaceOf = ({ metadata }: Json): string => {
  const name = isObject(metadata) ? metadata.namespace : undefined
  return typeof name === 'string' && name !== '' ? name : 'default'
}

const answerOf = ({ status, body }: Reply): Answer => {
  if (status === 201) return { type: 'accepted', object: body }
  if (body.reason === 'AlreadyExists') return { type: 'accepted' }
  const message = String(body.message ?? status)
  const strict = message.indexOf('strict decoding error: ')
  if (strict >= 0) {
    const fields = message.slice(strict + 'strict decoding error: '.length).split(/, (?=unknown field|duplicate field)/)
    return refused(
      'decoding',
      fields.map(field => `strict decoding error: ${field}`),
    )
  }
  if (status === 400) return refused('decoding', [message])
  const { causes = [] } = (body.details ?? {}) as { causes?: { field: string; message: string }[] }
  if (status !== 422) return refused('other', [`${status} ${message}`])
  return refused(
    'validation',
    causes.map(cause => `${cause.field}: ${cause.message}`),
  )
}

const refused = (where: 'decoding' | 'validation' | 'other', messages: string[]): Answer => ({
  type: 'refused',
  where,
  messages: [...new Set(messages)].sort(),
})

const sender = (kubeconfig: string): ((method: string, path: string, body?: string) => Promise<Reply>) => {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[]
    users: { user: Record<string, string> }[]
  }
  const { cluster } = config.clusters[0]!
  const { user } = config.users[0]!
  const decoded = (text = ''): Buffer => Buffer.from(text, 'base64')
  const agent = new Agent({
    keepAlive: true,
    maxSockets: CONNECTIONS,
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  })
  return (method, path, body = '') =>
    new Promise((resolve, reject) => {
      const length = Buffer.byteLength(body)
      const headers = { 'content-type': 'application/yaml', accept: 'application/json', 'content-length': length }
      const options: RequestOptions = { agent, method, headers }
      const sent = request(`${cluster.server}${path}`, options, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => resolve(replyOf(response.statusCode ?? 0, Buffer.concat(chunks).toString())))
      })
      sent.on('error', reject)
      sent.end(body)
    })
}

const replyOf = (status: number, text: string): Reply => {
  try {
    return { status, body: JSON.parse(text) as Json }
  } catch {
    return { status, body: { message: text } }
  }
}
