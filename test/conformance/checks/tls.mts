// Certificates as the checks handle them: Secrets with a pair, and connections that tell which one they were shown.
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import type { KubeObject } from '../../../controller/model/object.ts'
import { type Pair, pairOf } from '../../tls/pair.ts'
import { NAMESPACE } from './cluster.mts'

export const tlsSecret = (name: string, { crt, key }: Pair): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: NAMESPACE },
  ...{ type: 'Opaque', stringData: { 'tls.crt': crt, 'tls.key': key } },
})

export interface Bad {
  what: string
  pair(): Pair
  /** In the condition. */
  says: string
}

export const badPairs: readonly Bad[] = [
  { what: 'expired', pair: () => pairOf('old', 2020, 2021), says: 'expired on 2021-01-01' },
  {
    what: 'mismatched',
    pair: () => ({ crt: pairOf('x').crt, key: pairOf('y').key }),
    says: 'tls.key is not the key',
  },
  {
    what: 'half written',
    pair: () => {
      const { crt, key } = pairOf('torn')
      return { crt: crt.slice(0, 300), key }
    },
    says: 'no PEM block',
  },
]

export const open = async (address: string, host: string): Promise<TLSSocket> => {
  const socket = connect({ host: address, port: 443, servername: host, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return socket
}

/** The common name of the certificate that a new connection is shown. */
export const shown = async (address: string, host: string): Promise<string> => {
  const socket = await open(address, host)
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

/** A connection that stays. */
export interface Kept {
  /** The status line of one more request over it; throws where it has ended. */
  ask(): Promise<string>
  close(): void
}

export const keep = async (address: string, host: string): Promise<Kept> => {
  const socket = await open(address, host)
  let end: unknown
  socket.on('error', error => {
    end = error
  })
  socket.on('close', () => {
    end ??= 'closed'
  })
  return {
    ask: async () => {
      if (end) throw new Error(`the connection to ${host} has ended: ${end}`)
      const answer = once(socket, 'data')
      socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
      return String((await answer)[0]).split('\r\n')[0] ?? ''
    },
    close: () => socket.destroy(),
  }
}
