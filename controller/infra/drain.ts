// Lets an Envoy finish what it has begun before it is ended. In: the unix socket of its admin interface. It closes its listeners,
// so that no request is new, and is left alone until the last one is answered or patience ends.
import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

export interface DrainOptions {
  admin: string
  patienceMs: number
  signal: AbortSignal
}

const LOOK_EVERY_MS = 20

/** Resolves in any case: an Envoy that says nothing has nothing to finish. */
export const drain = async ({ admin, patienceMs, signal }: DrainOptions): Promise<void> => {
  const end = performance.now() + patienceMs
  try {
    await ask(admin, 'POST', '/drain_listeners')
    while (performance.now() < end && !signal.aborted && (await activeRequests(admin)) > 0) await pause(LOOK_EVERY_MS)
  } catch {
    // It has died, or its socket is gone.
  }
}

/** Of connections that carry bytes alone, too: those have no requests. */
const activeRequests = async (admin: string): Promise<number> => {
  const text = await ask(admin, 'GET', `/stats?filter=${encodeURIComponent('^http\\..*\\.downstream_rq_active$')}`)
  return [...text.matchAll(/^(?!http\.admin\.).*: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}

const ask = (socketPath: string, method: string, path: string): Promise<string> =>
  new Promise((done, fail) => {
    const outgoing = request({ socketPath, method, path, timeout: 1_000 }, incoming => {
      let text = ''
      incoming.setEncoding('utf8').on('data', chunk => (text += chunk))
      incoming.once('error', fail)
      incoming.once('end', () => done(text))
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')))
    outgoing.once('error', fail)
    outgoing.end()
  })
