// The examples for Istio and Envoy Gateway: what those projects' API servers would say to them, by the schemas and CEL rules
// that they publish (envoy/examples/generate.mts), and what our modules say to the configurations inside.
import { readdir, readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { parse } from 'yaml'
import { checkRules } from '../../controller/admit/cel/rules.ts'
import type { Fault } from '../../controller/admit/fault.ts'
import { checkLists } from '../../controller/admit/lists.ts'
import { fillDefaults, prune, type Unknown } from '../../controller/admit/shape.ts'
import { validate } from '../../controller/admit/validate.ts'
import type { Schema, SchemaSet } from '../../controller/model/schema.ts'
import published from '../../envoy/examples/gen/crds.json' with { type: 'json' }
import { build } from '../../filters/build.mts'
import { Host, type HostOptions } from '../host/core/index.ts'
import { moduleBytes } from '../host/mocha/covered.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8')

interface Example {
  apiVersion: string
  kind: string
  spec: Record<string, unknown>
}

/** Where each project's object holds the configuration of the plugin. */
const PROJECTS = {
  istio: ({ spec }: Example): unknown => spec.pluginConfig,
  'envoy-gateway': ({ spec }: Example): unknown => (spec.wasm as { config: unknown }[])[0]?.config,
}

/** What the API server would find wrong. */
function faultsOf(example: Example): string[] {
  const found = (published as unknown as SchemaSet).kinds.find(one => one.kind === example.kind)
  const version = example.apiVersion.replace(`${found?.group}/`, '')
  const schema = found?.versions[version]
  if (typeof schema !== 'object') return [`${example.apiVersion} ${example.kind} is not served`]
  return checked(structuredClone(example), schema)
}

function checked(object: Example, schema: Schema): string[] {
  const unknown: Unknown[] = []
  const faults: Fault[] = []
  prune(object, { ...schema, properties: { ...schema.properties, metadata: ANYTHING } }, undefined, unknown)
  fillDefaults(object, schema)
  validate(object, schema, undefined, faults)
  checkLists(object, schema, undefined, faults)
  if (faults.length === 0) checkRules(object, undefined, schema, faults)
  const told = faults.map(({ message }) => message).filter(message => !message.includes(NO_URL_LIBRARY))
  return [...unknown.map(({ text }) => `unknown: ${text}`), ...told]
}

/** The CEL rule of a WasmPlugin's `url` needs Kubernetes' URL library, which no kind of ours does: its scheme is looked at here. */
const NO_URL_LIBRARY = 'unbound function: isURL'

const ANYTHING: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

describe('modules in other gateways', function () {
  this.timeout(60_000)
  before(() => build('release'))

  for (const project of Object.keys(PROJECTS) as (keyof typeof PROJECTS)[]) {
    const load = async (file: string): Promise<Example> => parse(await read(`envoy/examples/${project}/${file}`))

    it(`${project}: there is an example of each module`, async () => {
      const files = await readdir(new URL(`envoy/examples/${project}/`, root))
      expect(files.sort()).to.deep.equal(['headers.yaml', 'mirror.yaml', 'rate-limit.yaml', 'rewrite.yaml'])
    })

    for (const module of ['headers', 'mirror', 'rate-limit', 'rewrite']) {
      it(`${project}: the example of ${module} is what its CRD takes`, async () => {
        expect(faultsOf(await load(`${module}.yaml`))).to.deep.equal([])
      })

      it(`${project}: ${module} takes the configuration inside`, async () => {
        const host = Host.loadNow(await moduleBytes(module))
        const configuration = JSON.stringify(PROJECTS[project](await load(`${module}.yaml`)))
        expect(() => host.plugin({ configuration })).to.not.throw()
      })
    }
  }

  const configured = async (project: keyof typeof PROJECTS, module: string, options: HostOptions = {}) => {
    const host = Host.loadNow(await moduleBytes(module), options)
    const example: Example = parse(await read(`envoy/examples/${project}/${module}.yaml`))
    return host.plugin({ configuration: JSON.stringify(PROJECTS[project](example)) })
  }

  /** The names that each project makes for clusters. */
  const CLUSTERS = {
    istio: /^outbound\|\d+\|[a-z0-9-]*\|[a-z0-9-]+\.[a-z0-9-]+\.svc\.cluster\.local$/,
    'envoy-gateway': /^httproute\/[a-z0-9-]+\/[a-z0-9-]+\/rule\/\d+$/,
  }

  for (const project of Object.keys(PROJECTS) as (keyof typeof PROJECTS)[]) {
    it(`${project}: the example of mirror copies to a cluster as the project names them`, async () => {
      const example: Example = parse(await read(`envoy/examples/${project}/mirror.yaml`))
      const { cluster } = PROJECTS[project](example) as { cluster: string }
      expect(cluster).to.match(CLUSTERS[project])
      const plugin = await configured(project, 'mirror', { clusters: { [cluster]: { http: () => ({}) } } })
      const { httpCalls } = await plugin.request({ ':path': '/users/ann/posts' }).send()
      expect(httpCalls.map(call => call.cluster)).to.deep.equal([cluster])
    })

    it(`${project}: the example of rewrite changes the path and leaves the host, by which the route is chosen again`, async () => {
      const plugin = await configured(project, 'rewrite')
      const sent = { ':authority': 'web.example', ':path': '/users/ann/posts?x=1' }
      const { upstream } = await plugin.request(sent).send()
      const got = [':path', ':authority'].map(name => upstream?.headers.get(name))
      expect(got).to.deep.equal(['/posts/by/ann?x=1', 'web.example'])
    })
  }

  it('istio: modules come from where a WasmPlugin may take them', async () => {
    for (const file of await readdir(new URL('envoy/examples/istio/', root))) {
      const { spec }: Example = parse(await read(`envoy/examples/istio/${file}`))
      expect(new URL(String(spec.url)).protocol, file).to.be.oneOf(['http:', 'https:', 'file:', 'oci:'])
    }
  })

  it('istio: a field that is none, a strategy that is none and a rule that fails would be refused', async () => {
    const good: Example = parse(await read('envoy/examples/istio/headers.yaml'))
    const with_ = (more: object): string[] => faultsOf({ ...good, spec: { ...good.spec, ...more } })
    expect(with_({ plugin: 1 })).to.deep.equal(['unknown: spec.plugin'])
    expect(with_({ failStrategy: 'RELOAD' }).join()).to.contain('Unsupported value: "RELOAD"')
    expect(with_({ targetRef: { kind: 'Gateway', name: 'a' } }).join()).to.contain('only one of targetRefs or selector')
  })

  it('envoy-gateway: a source without its member would be refused', async () => {
    const good: Example = parse(await read('envoy/examples/envoy-gateway/headers.yaml'))
    const [wasm] = good.spec.wasm as object[]
    const bad = { ...good, spec: { ...good.spec, wasm: [{ ...wasm, code: { type: 'HTTP' } }] } }
    expect(faultsOf(bad)).to.have.length.greaterThan(0)
  })
})
