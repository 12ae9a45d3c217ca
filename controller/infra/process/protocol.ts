// What a controller says to the keeper of Envoys, as JSON over HTTP on the keeper's unix socket. A group is the
// controllers of one name: several may share a machine and never touch each other's Envoys.
//   PUT  /envoys/GROUP   {"envoys": [EnvoySpec]}   the whole set: what is not in it ends
//   POST /servers/GROUP  {"socket": path}          an xDS server, for as long as the connection stays open
//   GET  /envoys                                   what runs
import { Agent, type IncomingMessage, request } from 'node:http'

export interface EnvoySpec {
  /** `namespace/name` of the Gateway: the node's id. */
  id: string
  /** Of its ServiceAccount, for the xDS server alone. Absent: none could be had; one that runs keeps what it has. */
  token?: string
}

export interface KeptEnvoyInfo {
  group: string
  pid?: number
  admin: string
}

export interface KeeperClient {
  setEnvoys(envoys: readonly EnvoySpec[]): Promise<void>
  /** Resolves once the Envoys have been told; `closed` when the keeper went away, and with it what it knew. */
  announce(socket: string, signal: AbortSignal): Promise<{ closed: Promise<void> }>
}

export const keeperClient = (keeper: string, group: string): KeeperClient => {
  const agent = new Agent({ keepAlive: false })
  const send = (method: string, path: string, body: object, signal?: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const call = request({ socketPath: keeper, method, path, agent, ...(signal ? { signal } : {}) })
      call.on('error', reject)
      call.on('response', resolve)
      call.end(JSON.stringify(body))
    })
  const at = (what: string): string => `/${what}/${encodeURIComponent(group)}`
  return {
    setEnvoys: async envoys => {
      const response = await send('PUT', at('envoys'), { envoys }, AbortSignal.timeout(30_000))
      response.resume()
      if (response.statusCode !== 200) throw new Error(`the keeper of Envoys answers ${response.statusCode}`)
    },
    announce: async (socket, signal) => {
      const response = await send('POST', at('servers'), { socket }, signal)
      const closed = new Promise<void>(resolve => {
        response.on('close', resolve)
        response.on('error', () => resolve())
      })
      await new Promise(resolve => {
        response.once('data', resolve)
        response.once('close', resolve)
      })
      response.resume()
      return { closed }
    },
  }
}
