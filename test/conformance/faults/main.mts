// `npm run test:faults`: brings a cluster up on the rig, runs the fault tests in its network (inside.mts) and ends with
// their status. `--rate N`: requests a second.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RIG, run, statusOf, withCluster } from '../rig.mts'

const { values } = parseArgs({ options: { rate: { type: 'string', default: '500' } } })

process.exitCode = await statusOf(() =>
  withCluster('faults', ['-crds', 'standard', '-audit'], logs =>
    run(RIG, ['exec', process.execPath, join(import.meta.dirname, 'inside.mts'), logs, values.rate]),
  ),
)
