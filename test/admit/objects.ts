// Objects for the tests of admission, and what becomes of them in a word.
import { type Admission, createAdmission, type Verdict } from '../../controller/admit/admit.ts'
import type { KubeObject } from '../../controller/model/object.ts'
import type { Json } from './manifests.ts'

export const experimental = createAdmission({ channel: 'experimental', defaultNamespace: 'default' })
export const standard = createAdmission({ channel: 'standard', defaultNamespace: 'default' })

export const admit = (value: unknown, old?: KubeObject, admission: Admission = experimental): Verdict =>
  admission(structuredClone(value), () => old)

export const admitted = (value: unknown, old?: KubeObject): KubeObject => {
  const verdict = admit(value, old)
  if (verdict.type !== 'admitted') throw new Error(JSON.stringify(verdict))
  return verdict.object
}

export const messages = (value: unknown, old?: KubeObject, admission: Admission = experimental): string[] => {
  const verdict = admit(value, old, admission)
  return verdict.type === 'refused' ? verdict.faults.map(f => f.message) : []
}

export const object = (apiVersion: string, kind: string, rest: Json = {}, metadata: Json = {}): Json => ({
  apiVersion,
  kind,
  metadata: { name: 'x', ...metadata },
  ...rest,
})
export const gatewayClass = (controllerName = 'a.b/c'): Json =>
  object('gateway.networking.k8s.io/v1', 'GatewayClass', { spec: { controllerName } })
export const route = (spec: Json = {}, metadata: Json = {}): Json =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', { spec }, metadata)
export const service = (spec: Json): Json => object('v1', 'Service', { spec })
export const secret = (rest: Json): Json => object('v1', 'Secret', rest)
export const slice = (rest: Json): Json => object('discovery.k8s.io/v1', 'EndpointSlice', rest)
