// `npm run conformance:ci`: the official suite once, where the machine can have the rig; elsewhere one line that says what
// is missing, and success: a machine that lacks something fails no check, a test that fails does. No report is
// written into the checkout.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machineLacks } from './machine.mts'
import { run } from './rig.mts'

const skip = (what: string): void => console.log(`conformance suite skipped: this machine lacks ${what}`)

/** Of `run.mts`, as of every command of ours: the environment lacks something, and the last line says what. */
const LACKING = 3

const lack = await machineLacks()
if (lack !== undefined) skip(lack)
else {
  const report = join(await mkdtemp(join(tmpdir(), 'conformance-report-')), 'report.yaml')
  const status = await run(process.execPath, [join(import.meta.dirname, 'run.mts'), '--report', report])
  if (status === LACKING) skip('what the line above says')
  else process.exitCode = status
}
