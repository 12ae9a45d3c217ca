// `npm run conformance`: builds the rig when needed, brings a cluster up, runs the official suite against the controller
// under its own rights, writes the official report under docs/conformance/ and ends with the suite's status.
// `--channel standard` runs without the experimental channel's CRDs and the features that live there.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageFile } from '../../controller/package.ts'
import { supportedFeatures } from '../../controller/translate/features.ts'
import { version } from '../../controller/version.ts'
import { findEnvoy } from '../../envoy/find.ts'
import { CLASS, RIG, type Stack, startStack } from './stack.mts'

const PROFILES = ['GATEWAY-HTTP', 'GATEWAY-GRPC', 'GATEWAY-TLS', 'GATEWAY-TCP', 'GATEWAY-UDP']
/** They need fields that only the CRDs of that channel have. */
const EXPERIMENTAL = /^HTTPRoute(Retry|DestinationPortMatching)|^TLSRouteModeMixed$|^(TCP|UDP)Route$/

const { values } = parseArgs({
  options: {
    channel: { type: 'string', default: 'experimental' },
    /** One test alone; no report then. */
    test: { type: 'string' },
    runs: { type: 'string', default: '1' },
  },
})

const here = packageFile('test/conformance')

const run = (command: string, args: readonly string[], log?: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: here, stdio: ['ignore', log ? 'pipe' : 'inherit', 'inherit'] })
    if (log && child.stdout) {
      child.stdout.pipe(createWriteStream(log))
      child.stdout.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\n')) if (/^\s*--- (PASS|FAIL)/.test(line)) console.log(line)
      })
    }
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })

/** The rig is built anew when one of its sources has changed. */
const buildRig = async (): Promise<void> => {
  const sources = globSync(['*.go', 'go.*', 'build.sh', 'cmd/*/*.go', 'conformance/*.go'], { cwd: here }).sort()
  const hash = createHash('sha256')
  for (const source of sources) hash.update(source).update(readFileSync(join(here, source)))
  const wanted = hash.digest('hex')
  const stamp = join(here, 'bin', 'built-from')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return
  console.log('building the rig: some minutes the first time')
  if ((await run('./build.sh', [])) !== 0) throw new Error('the rig does not build')
  await writeFile(stamp, wanted)
}

const features = (): string[] =>
  supportedFeatures
    .map(({ name }) => name)
    .filter(name => values.channel === 'experimental' || !EXPERIMENTAL.test(name))

const suite = async (logs: string): Promise<number> => {
  const one = values.test === undefined ? [] : ['-run-test', values.test]
  const report = packageFile(`docs/conformance/${values.channel}.yaml`)
  const official = [
    ...['-conformance-profiles', PROFILES.filter(p => values.channel === 'experimental' || !/TCP|UDP/.test(p)).join()],
    ...['-report-output', report, '-organization', 'sluice', '-project', 'sluice'],
    ...['-url', 'https://sluice.dev', '-version', version, '-contact', 'the issue tracker'],
  ]
  const args = [
    ...['conformance', '-gateway-class', CLASS, '-supported-features', features().join()],
    ...['-usable-address', '10.97.255.1', '-unusable-address', '192.0.2.1'],
    ...(one.length > 0 ? one : official),
  ]
  await mkdir(packageFile('docs/conformance'), { recursive: true })
  return run(RIG, args, join(logs, 'suite.log'))
}

await buildRig()
process.env.RIG_NAME ??= `suite${process.pid}`
// There is no way out of the cluster's network: what is missing is fetched before.
process.env.SLUICE_ENVOY = (await findEnvoy({ onSlow: console.log })).path
const logs = await mkdtemp(join(tmpdir(), 'conformance-'))
console.log(`logs: ${logs}`)
let status = 1
let stack: Stack | undefined
try {
  if ((await run(RIG, ['up', '-crds', values.channel])) !== 0) throw new Error('the cluster does not come up')
  stack = await startStack(logs)
  for (let n = 0; n < Number(values.runs); n++) {
    status = await suite(logs)
    if (status !== 0) break
  }
} finally {
  await stack?.stop()
  await run(RIG, ['down'])
}
console.log(status === 0 ? 'every test passed' : `some tests failed; see ${join(logs, 'suite.log')}`)
process.exitCode = status
