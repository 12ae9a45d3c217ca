// Which ports a process may bind, found out by binding one.
import { createServer } from 'node:net'

/** What moves privileged ports out of the way where they may not be bound: 80 becomes 10080. */
const OFFSET = 10_000
const FIRST_UNPRIVILEGED = 1024

/** 0 where ports below 1024 may be bound, else 10000 (CONTRACT: `--port-offset`). */
export async function defaultPortOffset(): Promise<number> {
  for (let port = FIRST_UNPRIVILEGED - 1; port > 0; port--) {
    const outcome = await tryToBind(port)
    if (outcome === 'bound') return 0
    if (outcome === 'EACCES') return OFFSET
  }
  return OFFSET
}

const tryToBind = (port: number): Promise<string> =>
  new Promise(done => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'unknown'))
    server.listen(port, '127.0.0.1', () => server.close(() => done('bound')))
  })
