// The kinds we serve, and under which types the rest of the controller knows them.
// In: generated schemas (gen/). Out: one table for admission and sources, one type map for everybody.
import type * as T from './gen/types.gen.ts'

export type * from './gen/types.gen.ts'

/** The type of an admitted object of each kind. Kind names are unique among the groups we serve. */
export interface KindMap {
  Backend: T.Backend
  BackendTLSPolicy: T.BackendTLSPolicy
  ConfigMap: T.ConfigMap
  EndpointSlice: T.EndpointSlice
  GRPCRoute: T.GRPCRoute
  Gateway: T.Gateway
  GatewayClass: T.GatewayClass
  HTTPRoute: T.HTTPRoute
  HeaderMutation: T.HeaderMutation
  ListenerSet: T.ListenerSet
  Mirror: T.Mirror
  Namespace: T.Namespace
  PathRewrite: T.PathRewrite
  RateLimit: T.RateLimit
  ReferenceGrant: T.ReferenceGrant
  Secret: T.Secret
  Service: T.Service
  TCPRoute: T.TCPRoute
  TLSRoute: T.TLSRoute
  UDPRoute: T.UDPRoute
  XBackend: T.XBackend
  XBackendTrafficPolicy: T.XBackendTrafficPolicy
  XMesh: T.XMesh
}

export type KindName = keyof KindMap
export type AnyObject = KindMap[KindName]

export interface Kind {
  group: string
  /** Which generated schemas describe it. */
  schemas: 'gateway' | 'core' | 'sluice'
}

const GATEWAY: Kind = { group: 'gateway.networking.k8s.io', schemas: 'gateway' }
const GATEWAY_X: Kind = { group: 'gateway.networking.x-k8s.io', schemas: 'gateway' }
const CORE: Kind = { group: '', schemas: 'core' }
const DISCOVERY: Kind = { group: 'discovery.k8s.io', schemas: 'core' }
const SLUICE: Kind = { group: 'sluice.dev', schemas: 'sluice' }

/** Everything else about a kind (versions, plural, scope) is in its schema. */
export const KINDS: { readonly [K in KindName]: Kind } = {
  Backend: SLUICE,
  BackendTLSPolicy: GATEWAY,
  ConfigMap: CORE,
  EndpointSlice: DISCOVERY,
  GRPCRoute: GATEWAY,
  Gateway: GATEWAY,
  GatewayClass: GATEWAY,
  HTTPRoute: GATEWAY,
  HeaderMutation: SLUICE,
  ListenerSet: GATEWAY,
  Mirror: SLUICE,
  Namespace: CORE,
  PathRewrite: SLUICE,
  RateLimit: SLUICE,
  ReferenceGrant: GATEWAY,
  Secret: CORE,
  Service: CORE,
  TCPRoute: GATEWAY,
  TLSRoute: GATEWAY,
  UDPRoute: GATEWAY,
  XBackend: GATEWAY_X,
  XBackendTrafficPolicy: GATEWAY_X,
  XMesh: GATEWAY_X,
}
