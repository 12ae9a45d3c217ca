// What of an API server's object is kept. In: an object as it came. Out: a KubeObject without the fields that nobody
// here reads and that are often larger than the rest; and whether two versions of it differ in anything that matters.
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../model/object.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

interface Raw extends KubeObject {
  metadata: KubeObject['metadata'] & { managedFields?: unknown; selfLink?: unknown }
}

/** Items of a list carry neither `apiVersion` nor `kind` where the kind is built in. */
export const slim = (object: unknown, apiVersion: string, kind: string): KubeObject => {
  const { metadata, ...rest } = object as Raw
  const { managedFields: _, selfLink: __, ...kept } = metadata
  if (kept.annotations && LAST_APPLIED in kept.annotations) {
    const { [LAST_APPLIED]: ___, ...annotations } = kept.annotations
    kept.annotations = annotations
  }
  return { ...rest, apiVersion, kind, metadata: kept }
}

/**
 * Whether only the status (or who manages which field) differs: our own status writes come back as events, and must
 * not cause another translation. `generation` counts changes of the spec, for the kinds that have one.
 */
export const sameButStatus = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.generation !== undefined &&
  a.metadata.generation === b.metadata.generation &&
  a.metadata.uid === b.metadata.uid &&
  a.apiVersion === b.apiVersion &&
  a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
  isDeepStrictEqual(a.metadata.labels, b.metadata.labels) &&
  isDeepStrictEqual(a.metadata.annotations, b.metadata.annotations)

export const sameVersion = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.resourceVersion === b.metadata.resourceVersion &&
  a.metadata.uid === b.metadata.uid &&
  a.apiVersion === b.apiVersion
