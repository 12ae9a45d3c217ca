// Modules for tests: a path below the checkout in, bytes out, compiled as `build` does it and once a test run; or made by hand.
import { compiledBytes } from '../host/mocha/covered.ts'

const compiled = new Map<string, Promise<Uint8Array>>()

export function moduleOf(entry: string): Promise<Uint8Array> {
  const known = compiled.get(entry)
  if (known) return known
  const bytes = compiledBytes(entry)
  compiled.set(entry, bytes)
  return bytes
}

/** A module that imports `module.name` as a function without parameters. */
export const importing = (module: string, name: string): Uint8Array => {
  const text = (value: string): number[] => [value.length, ...Buffer.from(value)]
  const section = (id: number, bytes: number[]): number[] => [id, bytes.length, ...bytes]
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(2, [1, ...text(module), ...text(name), 0, 0]),
  ])
}
