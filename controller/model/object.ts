// What every Kubernetes object has in common, wherever it came from, and how we name one.

/** Where in a file an object or a field begins. Lines and columns count from 1. */
export interface Location {
  file: string
  line: number
  column: number
}

export interface ObjectMeta {
  name: string
  namespace?: string
  /** Counted by the API server; in directory mode by us: it grows when `spec` changes. */
  generation?: number
  uid?: string
  resourceVersion?: string
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

/** An admitted object: pruned, defaulted and valid under its schema and CEL rules. Never mutated after admission. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  spec?: unknown
  status?: unknown
}

/** `group/Kind/namespace/name`; the core group and the namespace of cluster-scoped objects are empty strings. */
export type ObjectKey = string & { readonly objectKey: unique symbol }

/** The group of an `apiVersion`: `apps` of `apps/v1`, the empty string of `v1`. */
export const groupOf = (apiVersion: string): string => {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

export const keyOf = (group: string, kind: string, namespace: string | undefined, name: string): ObjectKey =>
  `${group}/${kind}/${namespace ?? ''}/${name}` as ObjectKey

export const keyOfObject = (object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): ObjectKey =>
  keyOf(groupOf(object.apiVersion), object.kind, object.metadata.namespace, object.metadata.name)
