// Which replicas of this machine are dead. In: the folder of their xDS sockets. Out: true where a replica's socket is
// there and nobody answers, because its process was killed: what it holds may be taken at once. A replica of another
// machine has no socket here, one that ended by itself has given back what it held: nothing is known of these.
import { connect } from 'node:net'
import { join } from 'node:path'

/** As replicas are called: nothing else is looked up. */
const NAME = /^[a-z0-9-]+$/

export const deadNeighbours =
  (sockets: string) =>
  (identity: string): Promise<boolean> =>
    new Promise(resolve => {
      if (!NAME.test(identity)) return resolve(false)
      const socket = connect(join(sockets, `${identity}.sock`))
      socket.once('connect', () => {
        socket.destroy()
        resolve(false)
      })
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
    })
