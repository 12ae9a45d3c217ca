// Which replicas of this machine are dead. In: the folder of their xDS sockets. Out: true where a replica's socket is
// there and nobody answers, because its process was killed: what it holds may be taken at once. A replica of another
// machine has no socket here, one that ended by itself has given back what it held: nothing is known of these. And how their sockets go.
import { readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'

/** As replicas are called: nothing else is looked up. */
const NAME = /^[a-z0-9-]+$/
const SUFFIX = '.sock'

export const deadNeighbours =
  (sockets: string) =>
  (identity: string): Promise<boolean> =>
    new Promise(resolve => {
      if (!NAME.test(identity)) return resolve(false)
      const socket = connect(join(sockets, `${identity}${SUFFIX}`))
      socket.once('connect', () => {
        socket.destroy()
        resolve(false)
      })
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
    })

/**
 * Removes the sockets of replicas that are dead on two calls in a row: one that has just bound its own does not answer
 * yet, and one that has just been killed is still needed, by those who ask whether its Leases may be taken.
 */
export const socketSweeper = (sockets: string, isGone: (identity: string) => Promise<boolean>) => {
  let suspects: ReadonlySet<string> = new Set()
  return async (): Promise<void> => {
    const names = (await readdir(sockets)).filter(name => name.endsWith(SUFFIX))
    const gone = await Promise.all(names.map(name => isGone(name.slice(0, -SUFFIX.length))))
    const dead = names.filter((_, n) => gone[n])
    const due = dead.filter(name => suspects.has(name))
    suspects = new Set(dead)
    await Promise.all(due.map(name => rm(join(sockets, name), { force: true })))
  }
}
