// A log file that does not grow for ever: at its limit it becomes `PATH.1`, in the place of the one before, and a new one
// begins. In: what a process writes. Out: at most twice the limit on disk. A full disk loses lines, nothing else.
import { closeSync, openSync, renameSync, statSync, write } from 'node:fs'
import { Writable } from 'node:stream'

/** @param limit bytes of one file; a chunk is never divided */
export const logFile = (path: string, limit: number): Writable => {
  const open = (): number => openSync(path, 'a', 0o600)
  let file = open()
  let size = statSync(path).size

  const turn = (): void => {
    closeSync(file)
    renameSync(path, `${path}.1`)
    file = open()
    size = 0
  }
  return new Writable({
    write: (chunk: Buffer, _, done) => {
      if (size > 0 && size + chunk.length > limit) turn()
      size += chunk.length
      write(file, chunk, () => done())
    },
    destroy: (error, done) => {
      closeSync(file)
      done(error)
    },
  })
}
