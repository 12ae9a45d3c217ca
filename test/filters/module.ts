// Modules for tests, compiled as `build` does it: a path below the checkout in, bytes out, once a test run.
import { compiledBytes } from '../host/mocha/covered.ts'

const compiled = new Map<string, Promise<Uint8Array>>()

export function moduleOf(entry: string): Promise<Uint8Array> {
  const known = compiled.get(entry)
  if (known) return known
  const bytes = compiledBytes(entry)
  compiled.set(entry, bytes)
  return bytes
}
