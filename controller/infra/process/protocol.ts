// What a controller says to the keeper of Envoys, as JSON over HTTP on the keeper's unix socket. A group is the
// controllers of one name: several may share a machine and never touch each other's Envoys.
//   PUT  /envoys/GROUP   {"envoys": [EnvoySpec]}   the whole set: what is not in it ends
//   POST /servers/GROUP  {"socket": path}          an xDS server, for as long as the connection stays open
//   GET  /envoys                                   what runs
//   PUT  /keys/GROUP     {"pairs": [HeldPair]}     the last good key pairs: held in memory, with the Envoys that serve them
//   GET  /keys/GROUP     {"pairs": [HeldPair]}     for a controller that starts
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface EnvoySpec {
  /** `namespace/name` of the Gateway: the node's id. */
  id: string
  /** Of its ServiceAccount, for the xDS server alone. Absent: none could be had; one that runs keeps what it has. */
  token?: string
}

/** A certificate of a Secret, and its key. */
export interface HeldPair {
  /** Of the Secret. */
  id: string
  certificateChain: string
  privateKey: string
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
  /** Replaces what is held for this group. */
  holdPairs(pairs: readonly HeldPair[]): Promise<void>
  heldPairs(): Promise<readonly HeldPair[]>
}

export const keeperClient = (keeper: string, group: string): KeeperClient => {
  const agent = new Agent({ keepAlive: false })
  const send = (
    method: string,
    path: string,
    body: object | undefined,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const call = request({ socketPath: keeper, method, path, agent, ...(signal ? { signal } : {}) })
      call.on('error', reject)
      call.on('response', resolve)
      call.end(body === undefined ? undefined : JSON.stringify(body))
    })
  const ask = async (method: string, path: string, body: object | undefined, withinMs: number): Promise<string> => {
    const response = await send(method, path, body, AbortSignal.timeout(withinMs))
    const answer = await text(response)
    if (response.statusCode !== 200) throw new Error(`the keeper of Envoys answers ${response.statusCode}`)
    return answer
  }
  const at = (what: string): string => `/${what}/${encodeURIComponent(group)}`
  return {
    setEnvoys: async envoys => {
      await ask('PUT', at('envoys'), { envoys }, 30_000)
    },
    holdPairs: async pairs => {
      await ask('PUT', at('keys'), { pairs }, 5_000)
    },
    heldPairs: async () => {
      const answer = await ask('GET', at('keys'), undefined, 5_000)
      return (JSON.parse(answer) as { pairs: HeldPair[] }).pairs
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
