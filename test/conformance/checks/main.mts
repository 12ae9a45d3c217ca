// `npm run test:cluster`: what the official suite does not ask of the controller in a cluster, on the rig: mocha runs
// in the cluster's network over the tests of this folder (`*.check.mts`). `-- certificates`: those of such a name alone.
import { globSync } from 'node:fs'
import { packageFile } from '../../../controller/package.ts'
import { RIG, run, statusOf, withCluster } from '../rig.mts'

const asked = process.argv.slice(2)
const checks = globSync('*.check.mts', { cwd: import.meta.dirname })
  .filter(name => asked.length === 0 || asked.some(part => name.includes(part)))
  .map(name => `${import.meta.dirname}/${name}`)
const mocha = packageFile('node_modules/.bin/mocha')

process.exitCode = await statusOf(() =>
  withCluster('checks', ['-crds', 'standard'], logs => {
    process.env.CHECK_LOGS = logs
    return run(RIG, ['exec', process.execPath, mocha, '--no-config', '--timeout', '60000', ...checks.sort()])
  }),
)
