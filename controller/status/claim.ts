// A status directory belongs to one process at a time: two would remove each other's files. In: the directory. Out: a mark in it
// that names us, until it is given up; or whose it is.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Claim = { release(): void; owner?: never } | { owner: number; mark: string }

const MARK = '.sluice.pid'

/** `isRunning`: a mark of somebody who has died is nobody's. */
export const claimStatusDirectory = (directory: string, isRunning: (pid: number) => boolean): Claim => {
  const mark = join(directory, MARK)
  const mine = `${process.pid}\n`
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(mark, mine, { flag: 'wx' })
      return { release: () => rmSync(mark, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 1) throw error
      const owner = Number(readFileSync(mark, 'utf8'))
      if (owner > 0 && owner !== process.pid && isRunning(owner)) return { owner, mark }
      rmSync(mark, { force: true })
    }
  }
}
