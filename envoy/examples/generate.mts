// `npm run generate:examples`: the schemas that the examples for Istio and Envoy Gateway are checked against, from where those
// projects publish them. In: their CRDs, from the Go module proxy (`go` is needed, for this script only). Out: gen/crds.json,
// without prose.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crdsOf, moduleDirs } from '../../controller/model/generate/crds.mts'

const SOURCES = [
  {
    module: 'istio.io/api@v1.31.4',
    file: 'kubernetes/customresourcedefinitions.gen.yaml',
    kind: 'WasmPlugin',
  },
  {
    module: 'github.com/envoyproxy/gateway@v1.9.1',
    file: 'charts/gateway-helm/charts/crds/crds/generated/gateway.envoyproxy.io_envoyextensionpolicies.yaml',
    kind: 'EnvoyExtensionPolicy',
  },
]

const folders = moduleDirs(SOURCES.map(({ module }) => module))
const kinds = SOURCES.map(({ file, kind }, i) => {
  const found = crdsOf(readFileSync(join(folders[i]!, file), 'utf8')).find(crd => crd.kind === kind)
  if (!found) throw new Error(`no ${kind} in ${file}`)
  return found
})
const head = JSON.stringify(
  {
    source: SOURCES.map(({ module, file }) => `${file} of the Go module ${module}`).join('; '),
    licence: 'Apache-2.0',
    script: 'envoy/examples/generate.mts',
  },
  null,
  1,
)
const gen = join(import.meta.dirname, 'gen')
mkdirSync(gen, { recursive: true })
const lines = kinds.map(kind => `  ${JSON.stringify(kind)}`).join(',\n')
writeFileSync(join(gen, 'crds.json'), `${head.slice(0, -2)},\n "kinds": [\n${lines}\n ]\n}\n`)
