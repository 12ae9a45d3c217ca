// A backend that misbehaves, in a thread of its own so that it takes no time from the client that is measured: `silent` takes
// connections and never says anything, `flapping` answers for a while and is gone for as long. Its port is posted.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

export type Misbehaviour = 'silent' | 'flapping'

export interface BadBackend extends AsyncDisposable {
  port: number
}

const PERIOD_MS = 150

export async function startBad(misbehaviour: Misbehaviour): Promise<BadBackend> {
  const worker = new Worker(import.meta.filename, { workerData: misbehaviour })
  const [port] = (await once(worker, 'message')) as [number]
  return {
    port,
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}

const listen = async (server: Server, port = 0): Promise<number> => {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

async function misbehave(misbehaviour: Misbehaviour, tell: (port: number) => void): Promise<void> {
  const sockets = new Set<Socket>()
  const answer = misbehaviour === 'silent' ? undefined : 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
  const start = (): Server =>
    createServer(socket => {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
      socket.on('data', () => answer && socket.write(answer))
    })
  let server = start()
  const port = await listen(server)
  tell(port)
  while (misbehaviour === 'flapping') {
    await setTimeout(PERIOD_MS)
    for (const socket of sockets) socket.destroy()
    await new Promise(done => server.close(done))
    await setTimeout(PERIOD_MS)
    server = start()
    await listen(server, port)
  }
}

if (!isMainThread) await misbehave(workerData as Misbehaviour, port => parentPort?.postMessage(port))
