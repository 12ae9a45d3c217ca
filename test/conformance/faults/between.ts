// What stands between the controllers and the API server: passes bytes on in both directions (TLS goes through it), and
// cuts all connections when told to, as a broken network does. In: where the API server is. Out: a port.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Between {
  port: number
  /** How many connections there were. */
  cut(): number
  close(): void
}

export const startBetween = async (host: string, port: number): Promise<Between> => {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer(near => {
    const far = connect(port, host)
    keep(near)
    keep(far)
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): number => {
    const count = sockets.size / 2
    for (const socket of sockets) socket.resetAndDestroy()
    return count
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    close: () => {
      server.close()
      cut()
    },
  }
}
