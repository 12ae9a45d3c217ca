// Modules and programs for the tests of this folder.
import { Host, type HostOptions } from '../core/index.ts'
import { encodeProgram, type Program } from '../differential/program.ts'
import { module } from '../fixtures/build.ts'

/** A host for a small module written in a test. */
export const load = async (body: string, options: HostOptions = {}): Promise<Host> =>
  Host.load((await module(body)).bytes, options)

/** The headers by which the probe knows what to do. */
export const withProgram = (program: Program): Record<string, string> => ({
  'x-id': 'a',
  'x-program': encodeProgram(program),
})
