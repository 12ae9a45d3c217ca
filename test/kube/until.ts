// Waits for a condition of a test; mocha's own timeout ends it where it never comes true.
import { setTimeout as sleep } from 'node:timers/promises'

export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await sleep(5)
}
