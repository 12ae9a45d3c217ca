// `npm run conformance`: builds the rig when needed, brings a cluster up, runs the official suite against the controller
// under its own rights, writes the official report under docs/conformance/ and ends with the suite's status.
// `--channel standard` runs without the experimental channel's CRDs and the features that need their fields.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { socketIn } from '../../controller/infra/process/keeper.ts'
import { packageFile } from '../../controller/package.ts'
import { supportedFeatures } from '../../controller/translate/features.ts'
import { implementationFlags } from './report.mts'
import { RIG, run, statusOf, withCluster } from './rig.mts'
import { watchServed } from './served.mts'
import { CLASS, kubectl, startStack } from './stack.mts'

const PROFILES = ['GATEWAY-HTTP', 'GATEWAY-GRPC', 'GATEWAY-TLS', 'GATEWAY-TCP', 'GATEWAY-UDP']
/** They need fields that only the CRDs of that channel have. (TLSRouteModeMixed is of that channel, too, but no field.) */
const EXPERIMENTAL = /^HTTPRoute(Retry|DestinationPortMatching)/

const { values } = parseArgs({
  options: {
    channel: { type: 'string', default: 'experimental' },
    /** One test alone; no report then. */
    test: { type: 'string' },
    runs: { type: 'string', default: '1' },
    /** Where the report is written; default: docs/conformance/CHANNEL.yaml. */
    report: { type: 'string' },
  },
})
if (values.channel !== 'standard' && values.channel !== 'experimental')
  throw new Error(`--channel ${values.channel}: standard or experimental`)
const { channel } = values

const features = (): string[] =>
  supportedFeatures.map(({ name }) => name).filter(name => channel === 'experimental' || !EXPERIMENTAL.test(name))

const suite = async (logs: string): Promise<number> => {
  const report = values.report ?? packageFile(`docs/conformance/${channel}.yaml`)
  const official = [...['-conformance-profiles', PROFILES.join(), '-report-output', report], ...implementationFlags()]
  const args = [
    ...['conformance', '-gateway-class', CLASS, '-supported-features', features().join()],
    ...['-usable-address', '10.97.255.1', '-unusable-address', '192.0.2.1'],
    ...(values.test === undefined ? official : ['-run-test', values.test]),
  ]
  return run(RIG, args, { log: join(logs, 'suite.log'), shown: line => /^\s*--- (PASS|FAIL)/.test(line) })
}

/** The suite deletes its namespaces and does not wait: the next run cannot create what is still going. */
const leftoversGone = async (): Promise<void> => {
  const names = (await kubectl('get', 'namespaces', '-o', 'name')).split('\n')
  const leftovers = names.filter(name => name.includes('/gateway-conformance-'))
  if (leftovers.length > 0) await kubectl('wait', '--for=delete', '--timeout=180s', ...leftovers)
}

/** The suite's status; 1 as well where an Envoy was served what the filters are for. */
const once = async (logs: string, keeper: string): Promise<number> => {
  const watch = watchServed(keeper)
  const status = await suite(logs)
  const { native, plans, dumps } = await watch.stop()
  for (const path of native) console.log(`served natively, not by a filter: ${path}`)
  console.log(`config_dump of the Envoys, ${dumps} times: up to ${plans} plans, ${native.length} native equivalents`)
  if (status === 0 && values.test === undefined && plans === 0)
    throw new Error('no plan was seen: nothing has been looked at')
  return status !== 0 ? status : native.length > 0 ? 1 : 0
}

const all = (): Promise<number> =>
  withCluster('conformance', ['-crds', channel], async logs => {
    await mkdir(packageFile('docs/conformance'), { recursive: true })
    const stack = await startStack(logs)
    let status = 1
    try {
      for (let n = 1; n <= Number(values.runs); n++) {
        if (n > 1) await leftoversGone()
        status = await once(logs, socketIn(stack.envoys))
        console.log(status === 0 ? `run ${n}: every test passed` : `run ${n}: failed; see ${join(logs, 'suite.log')}`)
        if (status !== 0) break
      }
    } finally {
      await stack.stop()
    }
    return status
  })

process.exitCode = await statusOf(all)
