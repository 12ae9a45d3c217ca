// Whether a folder is there to be read.
import { stat } from 'node:fs/promises'
import { CommandError } from '../errors.ts'

/** Rejects with a `CommandError` of status 2 where there is no such folder. */
export async function checkFolder(dir: string): Promise<void> {
  const entry = await stat(dir).catch(() => undefined)
  if (!entry) throw new CommandError(2, `${dir}: no such folder`)
  if (!entry.isDirectory()) throw new CommandError(2, `${dir} is no folder; name the folder that holds the YAML files`)
}
