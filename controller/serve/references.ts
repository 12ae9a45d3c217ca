// A listener, a cluster or routes in, the names of the resources that Envoy asks for because of it out: what has to come too
// before these work.
import type { VirtualHost } from '../../envoy/schema/envoy.gen.ts'
import type { Resource, XdsType } from './resource.ts'

export interface ResourceId {
  type: XdsType
  name: string
}

export const referencesOf = (resource: Resource): ResourceId[] => {
  const found = new Map<string, ResourceId>()
  if (resource.type === 'Cluster' && resource.json.edsClusterConfig) {
    const name = resource.json.edsClusterConfig.serviceName || resource.name
    found.set(name, { type: 'ClusterLoadAssignment', name })
  }
  walk(resource.json, (type, name) => found.set(`${type} ${name}`, { type, name }))
  return [...found.values()]
}

/** Where Envoy's messages name a resource of another type, wherever in the JSON that stands. */
const walk = (json: unknown, report: (type: XdsType, name: string) => void): void => {
  if (Array.isArray(json)) {
    for (const item of json) walk(item, report)
  } else if (isObject(json)) {
    const { name, routeConfigName, configDiscovery, sdsConfig } = json
    if (typeof routeConfigName === 'string') report('RouteConfiguration', routeConfigName)
    if (typeof name === 'string' && isObject(configDiscovery)) report('TypedExtensionConfig', name)
    if (typeof name === 'string' && isObject(sdsConfig)) report('Secret', name)
    for (const value of Object.values(json)) walk(value, report)
  }
}

/** The clusters that routes lead to. */
export const clustersOf = (table: { virtualHosts: readonly VirtualHost[] }): ResourceId[] =>
  table.virtualHosts
    .flatMap(({ routes = [] }) => routes)
    .flatMap(({ route }) => [
      route?.cluster ?? [],
      route?.weightedClusters?.clusters?.map(({ name = '' }) => name) ?? [],
      route?.requestMirrorPolicies?.map(({ cluster = '' }) => cluster) ?? [],
    ])
    .flat()
    .map(name => ({ type: 'Cluster', name }))

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
