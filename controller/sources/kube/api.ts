// How we speak to an API server. In: a KubeConfig (kubeconfig file, or the service account of our pod). Out: requests
// that resolve to parsed JSON, and streams of watch events, over kept-alive connections.
//
// Credentials come from `@kubernetes/client-node`; its own `Watch` is not used: it makes a new connection pool for each
// request, swallows what its callback throws and tells an idle stream from a dead one by one fixed timeout.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, type AgentOptions, request as httpsRequest, type RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { readLines } from './lines.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Call {
  query?: Readonly<Record<string, string>>
  body?: unknown
  /** Default: `application/json`; a PATCH needs one of the patch types. */
  contentType?: string
  accept?: string
  headers?: Readonly<Record<string, string>>
  signal?: AbortSignal
  /** Milliseconds until the whole answer has to be there. Default: 30,000. */
  timeoutMs?: number
}

export interface Reply {
  status: number
  /** Parsed JSON; `undefined` for an answer without any (304, `/readyz`). */
  body: unknown
  etag: string | undefined
}

export interface ApiClient {
  /** Resolves for 2xx and 304; rejects with `ApiError` for other statuses, with a plain Error when no answer came. */
  request(method: Method, path: string, call?: Call): Promise<Reply>
  /**
   * The JSON values of a body, one a line. Ends when the server ends it; throws when the connection breaks, when
   * nothing at all arrives for `idleMs`, or with the signal's reason.
   */
  stream(
    path: string,
    query: Readonly<Record<string, string>>,
    idleMs: number,
    signal: AbortSignal,
  ): AsyncIterable<unknown>
  /** Closes idle connections. */
  close(): void
}

/** A refusal in the API server's words (`Status` object of meta/v1). */
export class ApiError extends Error {
  readonly status: number
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

export const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 410
export const isMissing = (error: unknown): boolean => error instanceof ApiError && error.status === 404
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.status === 409
export const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.status === 403

const textOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function* noticing<T>(chunks: AsyncIterable<T>, seen: () => void): AsyncGenerator<T> {
  for await (const chunk of chunks) {
    seen()
    yield chunk
  }
}

const refusalOf = (code: number, text: string): ApiError => {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: string; message?: string }
    return new ApiError(code, reason ?? 'Unknown', message ?? `HTTP ${code}`)
  } catch {
    return new ApiError(code, 'Unknown', text.slice(0, 200) || `HTTP ${code}`)
  }
}

/** A watch event of type ERROR carries the same `Status` object as a refused request. */
export const errorOfEvent = (object: unknown): ApiError => {
  const {
    code = 500,
    reason = 'Unknown',
    message = 'watch failed',
  } = object as {
    code?: number
    reason?: string
    message?: string
  }
  return new ApiError(code, reason, message)
}

export const connect = (config: KubeConfig): ApiClient => {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error('the kubeconfig names no current cluster')
  const server = new URL(cluster.server)
  const send = server.protocol === 'http:' ? httpRequest : httpsRequest
  let agent: Agent | undefined
  let agentFor = ''

  /** One pool for as long as the credentials stay: plugins and token files may rotate them. */
  const poolOf = (options: RequestOptions): RequestOptions['agent'] => {
    if (options.agent?.constructor !== Agent) return options.agent // through a proxy: the client's own agent
    const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options
    const identity = JSON.stringify([ca, cert, key, pfx, servername, rejectUnauthorized])
    if (agent && identity === agentFor) return agent
    agent?.destroy()
    agentFor = identity
    const wanted = { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized, keepAlive: true }
    agent = new Agent(
      Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) as AgentOptions,
    )
    return agent
  }

  const open = async (method: Method, path: string, call: Call): Promise<IncomingMessage> => {
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0])
    const url = new URL(server.pathname.replace(/\/$/, '') + path, server)
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value)
    const payload = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body))
    const headers: Record<string, string | number> = {
      ...(options.headers as Record<string, string> | undefined),
      accept: call.accept ?? 'application/json',
      'user-agent': 'sluice',
      ...call.headers,
    }
    if (payload) {
      headers['content-type'] = call.contentType ?? 'application/json'
      headers['content-length'] = payload.length
    }
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method,
        headers,
        ...(server.protocol === 'https:' ? { agent: poolOf(options) } : {}),
        ...(options.auth ? { auth: options.auth } : {}),
        ...(call.signal ? { signal: call.signal } : {}),
      })
      request.on('error', reject)
      request.on('response', resolve)
      request.end(payload)
    })
  }

  const request = async (method: Method, path: string, call: Call = {}): Promise<Reply> => {
    const deadline = AbortSignal.timeout(call.timeoutMs ?? 30_000)
    const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline
    const response = await open(method, path, { ...call, signal })
    const text = await textOf(response)
    const status = response.statusCode ?? 0
    if ((status < 200 || status > 299) && status !== 304) throw refusalOf(status, text)
    const isJson = response.headers['content-type']?.startsWith('application/json') && text !== ''
    return { status, body: isJson ? JSON.parse(text) : undefined, etag: response.headers.etag }
  }

  async function* stream(
    path: string,
    query: Readonly<Record<string, string>>,
    idleMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<unknown> {
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(new Error(`no byte for ${idleMs} ms`)), idleMs)
    try {
      const response = await open('GET', path, { query, signal: AbortSignal.any([signal, silence.signal]) })
      if (response.statusCode !== 200) throw refusalOf(response.statusCode ?? 0, await textOf(response))
      for await (const line of readLines(noticing(response, () => timer.refresh()))) yield JSON.parse(line)
    } catch (error) {
      // What the socket says about an abort ("aborted") is less than why it was aborted.
      throw signal.aborted ? signal.reason : silence.signal.aborted ? silence.signal.reason : error
    } finally {
      clearTimeout(timer)
    }
  }

  return { request, stream, close: () => agent?.destroy() }
}
