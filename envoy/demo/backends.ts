// The demo's backends: small HTTP servers on loopback that answer with what they were asked, so that a `curl` shows what the
// filters changed on the way. The shadow prints each request it gets: its answers never reach a client.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface DemoBackend {
  name: string
  port: number
}

export const demoBackends: readonly DemoBackend[] = [
  { name: 'shop', port: 9001 },
  { name: 'shop-next', port: 9002 },
  { name: 'shadow', port: 9003 },
]

export interface RunningBackends extends AsyncDisposable {
  ports: ReadonlyMap<string, number>
}

/**
 * Starts every backend, or none.
 * @param onRequest told of each request, with the backend's name
 * @throws Error that names the port when one is taken
 */
export async function startBackends(
  backends: readonly DemoBackend[],
  onRequest: (backend: string, request: IncomingMessage) => void,
): Promise<RunningBackends> {
  const running: Server[] = []
  const ports = new Map<string, number>()
  const stop = async () => {
    await Promise.all(running.map(close))
  }
  try {
    for (const backend of backends) {
      const server = echoServer(backend.name, onRequest)
      await listen(server, backend)
      running.push(server)
      ports.set(backend.name, (server.address() as AddressInfo).port)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { ports, [Symbol.asyncDispose]: stop }
}

function echoServer(name: string, onRequest: (backend: string, request: IncomingMessage) => void): Server {
  return createServer((request, response) => {
    onRequest(name, request)
    request.resume()
    request.on('end', () => {
      const body = { backend: name, method: request.method, path: request.url, headers: request.headers }
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(`${JSON.stringify(body, null, 2)}\n`)
    })
  })
}

const listen = (server: Server, { name, port }: DemoBackend) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'another process uses it' : error.message
      reject(new Error(`The demo backend "${name}" needs port ${port} of 127.0.0.1: ${reason}.`))
    })
    server.listen(port, '127.0.0.1', resolve)
  })

const close = (server: Server) =>
  new Promise<void>(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
