// The Lease objects of coordination.k8s.io/v1, as far as they are used here: who leads (election.ts), and what each
// replica's Envoys acknowledged (replica.ts).
import type { ApiClient } from '../sources/kube/api.ts'

export interface Lease {
  apiVersion: 'coordination.k8s.io/v1'
  kind: 'Lease'
  metadata: {
    name: string
    namespace: string
    resourceVersion?: string
    uid?: string
    annotations?: Record<string, string>
    labels?: Record<string, string>
  }
  spec: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

export interface Leases {
  get(name: string): Promise<Lease>
  list(labelSelector: string): Promise<Lease[]>
  create(lease: Lease): Promise<Lease>
  /** Refused with 409 when somebody else wrote since `metadata.resourceVersion`. */
  update(lease: Lease): Promise<Lease>
  remove(name: string): Promise<void>
}

/** Short timeouts: an election that waits half a minute for one answer has lost. */
export const leasesOf = (client: ApiClient, namespace: string, timeoutMs: number): Leases => {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
  const call = async <T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', at: string, body?: unknown): Promise<T> =>
    (await client.request(method, at, { timeoutMs, ...(body === undefined ? {} : { body }) })).body as T
  return {
    get: name => call('GET', `${path}/${name}`),
    list: async selector => {
      const query = { labelSelector: selector }
      return ((await client.request('GET', path, { timeoutMs, query })).body as { items: Lease[] }).items
    },
    create: lease => call('POST', path, lease),
    update: lease => call('PUT', `${path}/${lease.metadata.name}`, lease),
    remove: async name => {
      await call('DELETE', `${path}/${name}`)
    },
  }
}

/** `MicroTime` of meta/v1. */
export const microTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/Z$/, '000Z')
