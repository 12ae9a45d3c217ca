// Numbers on the command line.
import { InvalidArgumentError } from 'commander'

const LAST_PORT = 65_535
const LAST_PRIVILEGED = 1_023

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < 1) throw new InvalidArgumentError('a whole number from 1 is needed.')
  return value
}

/** What moves every port below 1024, and has to leave it a port. */
export function portOffset(text: string): number {
  const most = LAST_PORT - LAST_PRIVILEGED
  if (!/^\d{1,5}$/.test(text) || Number(text) > most) {
    throw new InvalidArgumentError(`a whole number from 0 to ${most} is needed.`)
  }
  return Number(text)
}
