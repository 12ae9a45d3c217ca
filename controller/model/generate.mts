// `npm run generate:model`: schemas and types of every kind that we serve, from where they are defined.
// In: the CRDs of the Gateway API and the OpenAPI of Kubernetes, both from the Go module proxy (`go` is needed, for
// this script only), and our own CRDs in controller/crds. Out: gen/*.json (schemas without prose) and gen/*.gen.ts.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crdsOf, moduleDirs } from './generate/crds.mts'
import { ruleTrees } from './generate/rules.mts'
import { type Published, strip, withoutZeroDefaults } from './generate/strip.mts'
import { type Renames, type TypedKind, typesOf } from './generate/types.mts'
import type { KindSchema, Schema } from './schema.ts'

const GATEWAY_API = 'sigs.k8s.io/gateway-api@v1.6.3'
const KUBERNETES = 'k8s.io/kubernetes@v1.36.3'
const LICENCE = 'Apache-2.0'
const SCRIPT = 'controller/model/generate.mts'
const here = fileURLToPath(new URL('.', import.meta.url))
const gen = join(here, 'gen')

/** Core kinds that routes, certificates and endpoints come from, in the OpenAPI file that holds each. */
const CORE = [
  {
    file: 'api__v1_openapi.json',
    name: 'io.k8s.api.core.v1.ConfigMap',
    group: '',
    plural: 'configmaps',
    namespaced: true,
  },
  {
    file: 'api__v1_openapi.json',
    name: 'io.k8s.api.core.v1.Namespace',
    group: '',
    plural: 'namespaces',
    namespaced: false,
  },
  { file: 'api__v1_openapi.json', name: 'io.k8s.api.core.v1.Secret', group: '', plural: 'secrets', namespaced: true },
  { file: 'api__v1_openapi.json', name: 'io.k8s.api.core.v1.Service', group: '', plural: 'services', namespaced: true },
  {
    file: 'apis__discovery.k8s.io__v1_openapi.json',
    name: 'io.k8s.api.discovery.v1.EndpointSlice',
    group: 'discovery.k8s.io',
    plural: 'endpointslices',
    namespaced: true,
  },
]

/** The names that these shapes have in the Go types of the Gateway API. */
const RENAMES: Renames = {
  BackendStatus: 'ConditionsStatus',
  BackendTLSPolicyStatus: 'PolicyStatus',
  BackendTLSPolicyStatusAncestor: 'PolicyAncestorStatus',
  BackendTLSPolicyStatusAncestorCondition: 'Condition',
  BackendTLSPolicyStatusAncestorAncestorRef: 'ParentReference',
  BackendTLSPolicyTargetRef: 'LocalPolicyTargetReferenceWithSectionName',
  BackendTLSPolicyValidationCaCertificateRef: 'LocalObjectReference',
  EndpointSliceEndpoint: 'Endpoint',
  EndpointSlicePort: 'EndpointPort',
  GRPCRouteRuleBackendRef: 'GRPCBackendRef',
  GRPCRouteRuleBackendRefFilter: 'GRPCRouteFilter',
  GRPCRouteRuleBackendRefFilterRequestHeaderModifier: 'HTTPHeaderFilter',
  GRPCRouteRuleBackendRefFilterRequestHeaderModifierAdd: 'HTTPHeader',
  GRPCRouteRuleBackendRefFilterRequestMirror: 'HTTPRequestMirrorFilter',
  GRPCRouteRuleBackendRefFilterRequestMirrorBackendRef: 'BackendObjectReference',
  GRPCRouteRuleBackendRefFilterRequestMirrorFraction: 'Fraction',
  GRPCRouteRuleMatch: 'GRPCRouteMatch',
  GRPCRouteRuleMatchHeader: 'HeaderMatch',
  GRPCRouteRuleMatchMethod: 'GRPCMethodMatch',
  GRPCRouteRuleSessionPersistence: 'SessionPersistence',
  GRPCRouteStatus: 'RouteStatus',
  GRPCRouteStatusParent: 'RouteParentStatus',
  GatewayAllowedListeners: 'AllowedListeners',
  GatewayAllowedListenersNamespaces: 'ListenerNamespaces',
  GatewayAllowedListenersNamespacesSelector: 'LabelSelector',
  GatewayAllowedListenersNamespacesSelectorMatchExpression: 'LabelSelectorRequirement',
  GatewayClassStatusSupportedFeature: 'SupportedFeature',
  GatewayListener: 'Listener',
  GatewayListenerAllowedRoutes: 'AllowedRoutes',
  GatewayListenerAllowedRoutesKind: 'RouteGroupKind',
  GatewayListenerAllowedRoutesNamespaces: 'RouteNamespaces',
  GatewayListenerTls: 'ListenerTLSConfig',
  GatewayListenerTlsCertificateRef: 'ObjectReference',
  GatewayStatusListener: 'ListenerStatus',
  GatewayTlsFrontendDefaultValidation: 'FrontendTLSValidation',
  HTTPRouteRuleBackendRef: 'HTTPBackendRef',
  HTTPRouteRuleBackendRefFilter: 'HTTPRouteFilter',
  HTTPRouteRuleBackendRefFilterCors: 'HTTPCORSFilter',
  HTTPRouteRuleBackendRefFilterExternalAuth: 'HTTPExternalAuthFilter',
  HTTPRouteRuleBackendRefFilterRequestRedirect: 'HTTPRequestRedirectFilter',
  HTTPRouteRuleBackendRefFilterRequestRedirectPath: 'HTTPPathModifier',
  HTTPRouteRuleBackendRefFilterUrlRewrite: 'HTTPURLRewriteFilter',
  HTTPRouteRuleMatch: 'HTTPRouteMatch',
  HTTPRouteRuleMatchPath: 'HTTPPathMatch',
  HTTPRouteRuleRetry: 'HTTPRouteRetry',
  HTTPRouteRuleTimeouts: 'HTTPRouteTimeouts',
  TCPRouteRuleBackendRef: 'BackendRef',
}

const crdsIn = (dir: string): KindSchema[] =>
  readdirSync(dir)
    .filter(f => f.endsWith('.yaml'))
    .sort()
    .flatMap(f => crdsOf(readFileSync(join(dir, f), 'utf8')))
    .sort((a, b) => (a.group + a.kind < b.group + b.kind ? -1 : 1))

/** Core kinds twice: as published for the types, and without what the API server does not act on for admission. */
const coreKinds = (dir: string): { types: TypedKind[]; kinds: KindSchema[] } => {
  const types: TypedKind[] = []
  const kinds: KindSchema[] = []
  for (const { file, name, group, plural, namespaced } of CORE) {
    const text = readFileSync(join(dir, 'api/openapi-spec/v3', file), 'utf8')
    const { schemas } = (JSON.parse(text) as { components: { schemas: Record<string, Published> } }).components
    const kind = name.split('.').at(-1)!
    const published = schemas[name]!
    const { metadata: _, ...properties } = published.properties as Record<string, Published>
    const schema = strip(
      { ...published, properties: { ...properties, metadata: { type: 'object' } } },
      ref => schemas[ref.replace('#/components/schemas/', '')]!,
    )
    const apiVersion = group === '' ? 'v1' : `${group}/v1`
    types.push({ kind, apiVersion, namespaced, schema: withRequired(withoutZeroDefaults(schema), schema) })
    kinds.push({ group, kind, plural, namespaced, preferred: 'v1', versions: { v1: withoutZeroDefaults(schema) } })
  }
  return { types, kinds }
}

/** `group/Kind` of everything that the OpenAPI of Kubernetes describes as an object. */
const kubernetesKinds = (dir: string): string[] => {
  const folder = join(dir, 'api/openapi-spec/v3')
  const kinds = readdirSync(folder).flatMap(file => {
    const { components } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as OpenApi
    return Object.values(components?.schemas ?? {}).flatMap(({ properties, [GVK]: kinds = [] }) =>
      properties?.metadata ? kinds.map(({ group, kind }) => `${group}/${kind}`) : [],
    )
  })
  return [...new Set(kinds)].sort()
}

const GVK = 'x-kubernetes-group-version-kind'
interface OpenApi {
  components?: {
    schemas?: Record<string, { properties?: Published; [GVK]?: { group: string; kind: string }[] }>
  }
}

/** `required` back from `published`: admission proper (core.ts) sees to it that what Go needs is there. */
const withRequired = (schema: Schema, published: Schema): Schema => ({
  ...schema,
  ...(published.required && { required: published.required }),
  ...(schema.items && { items: withRequired(schema.items, published.items!) }),
  ...(schema.properties && {
    properties: Object.fromEntries(
      Object.entries(schema.properties).map(([k, v]) => [k, withRequired(v, published.properties![k]!)]),
    ),
  }),
})

const typedKinds = (kinds: readonly KindSchema[]): TypedKind[] =>
  kinds.map(({ group, kind, namespaced, preferred, versions }) => ({
    kind,
    namespaced,
    apiVersion: `${group}/${preferred}`,
    schema: versions[preferred] as Schema,
  }))

/** Data says where it comes from; each entry of `rules` is one line. */
const writeData = (name: string, source: string, data: Record<string, unknown>): void => {
  const head = JSON.stringify({ source, licence: LICENCE, script: SCRIPT }, null, 1).slice(0, -2)
  const entries = Object.entries(data).map(([key, value]) => `,\n ${JSON.stringify(key)}: ${lines(value)}`)
  writeFileSync(join(gen, `${name}.json`), `${head}${entries.join('')}\n}\n`)
}

const lines = (value: unknown): string => {
  if (Array.isArray(value)) return JSON.stringify(value, null, 1).replaceAll('\n', '\n ')
  const entries = Object.entries(value as object).map(([k, v]) => `  ${JSON.stringify(k)}: ${JSON.stringify(v)}`)
  return `{\n${entries.join(',\n')}\n }`
}

const writeTypes = (sources: readonly string[], kinds: readonly TypedKind[]): void => {
  const imports = "import type { ObjectMeta } from '../object.ts'\n"
  const from = sources.map(s => `//   ${s}\n`).join('')
  const head = `// Generated by ${SCRIPT} (${LICENCE}); do not edit. Sources:\n${from}${imports}\n`
  writeFileSync(join(gen, 'types.gen.ts'), head + typesOf(kinds, RENAMES))
}

const [gatewayApi, kubernetes] = moduleDirs([GATEWAY_API, KUBERNETES]) as [string, string]
const standard = crdsIn(join(gatewayApi, 'config/crd/standard'))
const experimental = crdsIn(join(gatewayApi, 'config/crd/experimental'))
const core = coreKinds(kubernetes)
const sluice = crdsIn(join(here, '../crds'))

const SOURCES = {
  standard: `config/crd/standard of the Go module ${GATEWAY_API}`,
  experimental: `config/crd/experimental of the Go module ${GATEWAY_API}`,
  core: `api/openapi-spec/v3 of the Go module ${KUBERNETES}`,
  sluice: 'controller/crds',
}
writeData('gateway-standard', SOURCES.standard, { kinds: standard })
writeData('gateway-experimental', SOURCES.experimental, { kinds: experimental })
writeData('core', SOURCES.core, { kinds: core.kinds })
writeData('sluice', SOURCES.sluice, { kinds: sluice })
writeData('kubernetes-kinds', SOURCES.core, { kinds: kubernetesKinds(kubernetes) })
writeData('rules', Object.values(SOURCES).join('; '), { rules: ruleTrees([...standard, ...experimental, ...sluice]) })
writeTypes(
  [SOURCES.experimental, SOURCES.core, SOURCES.sluice],
  [...typedKinds(experimental), ...core.types, ...typedKinds(sluice)],
)
