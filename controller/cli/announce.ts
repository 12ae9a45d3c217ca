// Says when the first configuration is live, with a table of what is served and where, and after that how long each change took.
// In: translations. Out: text, log lines, and the URLs for a parent process.
import { connect } from 'node:net'
import type { Outcome } from '../app.ts'
import type { Listener, ProxyId } from '../ir/ir.ts'
import type { Logger } from '../observe/log.ts'
import { type ListenerUrl, overview } from './overview.ts'

export interface AnnouncerOptions {
  proxy: ProxyId
  show(text: string): void
  live(urls: string[]): void
  /** From a change that was noticed to the acknowledgement of all Envoys. */
  took(ms: number): void
  log: Logger
}

export interface Announcer {
  take(outcome: Outcome): void
}

export function createAnnouncer({ proxy: id, show, live, took, log }: AnnouncerOptions): Announcer {
  let isAnnounced = false
  let version = -1
  let since = 0
  let isPending = false

  const announce = async (outcome: Outcome) => {
    const listeners = outcome.translation.proxies.find(proxy => proxy.id === id)?.listeners ?? []
    const urls = await answering(listeners.flatMap(urlOf))
    show(`\n${overview(outcome.translation.statuses, urls)}`)
    live(urls.map(({ url }) => url))
  }

  return {
    take: outcome => {
      if (outcome.snapshot.version !== version) {
        version = outcome.snapshot.version
        since = isPending ? since : performance.now()
        isPending = true
      }
      if (!isPending || !outcome.isLive(id)) return
      isPending = false
      const ms = Math.round((performance.now() - since) * 10) / 10
      took(ms)
      log.info({ version, ms }, `the configuration is live after ${ms} ms`)
      if (isAnnounced) return
      isAnnounced = true
      // The table shows what the acknowledgement changed: Programmed.
      setImmediate(() => void announce(outcome))
    },
  }
}

const urlOf = ({ gateway, address, boundPort, chains, transport }: Listener): ListenerUrl[] => {
  if (transport !== 'TCP') return []
  const isStream = chains.every(chain => chain.type === 'Stream')
  const scheme = isStream ? 'tcp' : chains.some(chain => chain.tls) ? 'https' : 'http'
  const reachable = ANY_ADDRESS[address] ?? address
  const host = reachable.includes(':') ? `[${reachable}]` : reachable
  const isDefault = boundPort === (scheme === 'https' ? 443 : 80)
  const url = `${scheme}://${host}${isDefault ? '' : `:${boundPort}`}`
  return [{ gateway, url }]
}

/** What is bound to every address is asked at the loopback one. */
const ANY_ADDRESS: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** Those that take a connection. */
async function answering(urls: readonly ListenerUrl[]): Promise<ListenerUrl[]> {
  const open = await Promise.all(urls.map(({ url }) => takesConnections(new URL(url))))
  return urls.filter((_, index) => open[index])
}

const takesConnections = ({ hostname, port, protocol }: URL): Promise<boolean> =>
  new Promise(done => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80), timeout: 2_000 })
    const end = (isOpen: boolean) => {
      socket.destroy()
      done(isOpen)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
