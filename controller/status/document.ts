// An object with its status, as `check` prints it and as `--status-dir` holds it.
// In: what the translator says about an object, and the status it had. Out: the object with its status; its YAML.
import { stringify } from 'yaml'
import type { KubeObject } from '../model/object.ts'
import type { ObjectStatus } from '../translate/status.ts'
import { mergeStatus } from './merge.ts'

export interface Stamp {
  controllerName: string
  /** RFC 3339. */
  now: string
}

/** `before` gives conditions that did not change the time of their last change. */
export const withStatus = (
  { object, status }: ObjectStatus,
  before: unknown,
  { controllerName, now }: Stamp,
): KubeObject => {
  const { apiVersion, kind, metadata, ...rest } = object
  const merged = mergeStatus(before, status, controllerName, now) ?? before
  return { apiVersion, kind, metadata, ...rest, status: merged }
}

export const yamlOf = (object: KubeObject): string => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
