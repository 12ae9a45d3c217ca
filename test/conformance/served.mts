// What Envoys are served while the suite runs, looked at again and again: the suite takes down what a test made, so the
// end of the run shows little. In: the keeper's socket, which knows the Envoys. Out: every native equivalent of the
// filters that was ever in a config_dump, and how many plans of ours were seen.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeptEnvoyInfo } from '../../controller/infra/process/protocol.ts'
import { type Found, nativeEquivalents } from './native.ts'

export interface ServedWatch {
  stop(): Promise<Seen>
}

export interface Seen {
  native: string[]
  /** The most plans that were seen at once. */
  plans: number
  dumps: number
}

const EVERY_MS = 1_000
const agent = new Agent({ keepAlive: false })

const get = (socketPath: string, path: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const call = request({ socketPath, path, agent, timeout: 5_000 }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()))
        } catch (error) {
          reject(error)
        }
      })
    })
    call.on('timeout', () => call.destroy(new Error('no answer')))
    call.on('error', reject)
    call.end()
  })

export const envoysOf = (keeper: string): Promise<KeptEnvoyInfo[]> => get(keeper, '/envoys') as Promise<KeptEnvoyInfo[]>

export const configOf = (admin: string): Promise<unknown> => get(admin, '/config_dump')

/** Envoys come and go while we look: one that does not answer is passed over. */
const look = async (keeper: string): Promise<Found[]> => {
  const envoys = await envoysOf(keeper).catch(() => [])
  const dumps = await Promise.allSettled(envoys.map(({ admin }) => configOf(admin)))
  return dumps.flatMap(dump => (dump.status === 'fulfilled' ? [nativeEquivalents(dump.value)] : []))
}

export const watchServed = (keeper: string): ServedWatch => {
  const end = new AbortController()
  const native = new Set<string>()
  const seen: Seen = { native: [], plans: 0, dumps: 0 }
  const watch = async (): Promise<void> => {
    do {
      const found = await look(keeper)
      for (const path of found.flatMap(each => each.native)) native.add(path)
      seen.plans = Math.max(
        seen.plans,
        found.reduce((sum, { plans }) => sum + plans, 0),
      )
      seen.dumps += found.length
      await sleep(EVERY_MS, undefined, { signal: end.signal }).catch(() => undefined)
    } while (!end.signal.aborted)
  }
  const done = watch()
  return {
    stop: async () => {
      end.abort()
      await done
      return { ...seen, native: [...native].sort() }
    },
  }
}
