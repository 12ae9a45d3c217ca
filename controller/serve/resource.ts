// What the xDS server is given to serve: Envoy resources in typed proto-JSON, named. Emit makes them, `encode` turns them
// into bytes. Bytes are cached by the identity of the JSON object: an object that did not change must be the same
// object, and an object that was handed over is never changed.
import type {
  Cluster,
  ClusterLoadAssignment,
  Listener,
  RouteConfiguration,
  Secret,
  TypedExtensionConfig,
  VirtualHost,
} from '../../envoy/schema/envoy.gen.ts'

export type Resource =
  | { type: 'Cluster'; name: string; json: Cluster }
  | { type: 'ClusterLoadAssignment'; name: string; json: ClusterLoadAssignment }
  | { type: 'Secret'; name: string; json: Secret }
  | { type: 'TypedExtensionConfig'; name: string; json: TypedExtensionConfig }
  | { type: 'Listener'; name: string; json: Listener }
  /** In parts, so that a change of one host costs one host: `json` holds all but the virtual hosts. */
  | {
      type: 'RouteConfiguration'
      name: string
      json: Omit<RouteConfiguration, 'virtualHosts'>
      virtualHosts: readonly VirtualHost[]
    }

/** In the order in which Envoy wants them: what refers comes after what is referred to. */
export const xdsTypes = [
  'Cluster',
  'ClusterLoadAssignment',
  'Secret',
  'TypedExtensionConfig',
  'Listener',
  'RouteConfiguration',
] as const

export type XdsType = (typeof xdsTypes)[number]
