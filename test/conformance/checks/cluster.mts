// The cluster as the checks handle it, from within its network. In: objects. Out: objects as the API server has them.
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import type { Condition } from '../../../controller/model/kinds.ts'
import type { KubeObject } from '../../../controller/model/object.ts'
import { type ApiClient, connect } from '../../../controller/sources/kube/api.ts'
import { adminKubeconfig } from '../stack.mts'

/** As the API server has it: with what a snapshot leaves out. */
export interface Stored extends KubeObject {
  metadata: KubeObject['metadata'] & { managedFields?: { manager: string; subresource?: string }[] }
  status?: {
    conditions?: Condition[]
    addresses?: { value: string }[]
    listeners?: { name: string; conditions: Condition[] }[]
    parents?: { controllerName: string; parentRef: { name: string }; conditions: Condition[] }[]
  }
}

export interface Api {
  apply(...objects: KubeObject[]): Promise<void>
  get(plural: string, name: string): Promise<Stored>
  list(plural: string): Promise<Stored[]>
}

export const NAMESPACE = 'checks'
const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1'
const CLUSTER_SCOPED = new Set(['namespaces', 'gatewayclasses'])

const CORE = '/api/v1'
const ROOTS: Record<string, string> = {
  namespaces: CORE,
  services: CORE,
  secrets: CORE,
  serviceaccounts: CORE,
  endpoints: CORE,
  deployments: '/apis/apps/v1',
  headermutations: '/apis/sluice.dev/v1alpha1',
}

const collection = (plural: string): string => {
  const root = ROOTS[plural] ?? GATEWAY_API
  return CLUSTER_SCOPED.has(plural) ? `${root}/${plural}` : `${root}/namespaces/${NAMESPACE}/${plural}`
}
const pluralOf = (kind: string): string => `${kind.toLowerCase()}${kind.endsWith('s') ? 'es' : 's'}`

export const api = async (): Promise<Api> => {
  const config = new KubeConfig()
  config.loadFromFile(await adminKubeconfig())
  const client: ApiClient = connect(config)
  return {
    apply: async (...objects) => {
      for (const object of objects)
        await client.request('PATCH', `${collection(pluralOf(object.kind))}/${object.metadata.name}`, {
          query: { fieldManager: 'checks', force: 'true' },
          contentType: 'application/apply-patch+yaml',
          body: object,
        })
    },
    get: async (plural, name) => (await client.request('GET', `${collection(plural)}/${name}`)).body as Stored,
    list: async plural => ((await client.request('GET', collection(plural))).body as { items: Stored[] }).items,
  }
}

/** Waits for what will come; mocha's timeout ends it, with the last reason. */
export const eventually = async <T,>(look: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await look()
    } catch (error) {
      lastReason = error
    }
    await sleep(20)
  }
}
export let lastReason: unknown

export const gatewayOf = (name: string, gatewayClassName: string, listeners: object[]): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name, namespace: NAMESPACE },
  spec: { gatewayClassName, listeners },
})

export const classOf = (name: string, controllerName: string): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name },
  spec: { controllerName },
})

/** A redirect needs no backend. */
export const routeOf = (name: string, parents: string[], hostname = 'to.example'): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    parentRefs: parents.map(parent => ({ name: parent })),
    rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { hostname } }] }],
  },
})

export const isTrue = (conditions: readonly Condition[] = [], type: string): boolean =>
  conditions.some(condition => condition.type === type && condition.status === 'True')
