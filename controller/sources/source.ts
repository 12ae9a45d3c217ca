// A source produces Kubernetes objects, from an API server or from files. Nothing behind it knows which.
import type { KubeObject, Location, ObjectKey } from '../model/object.ts'

export type Change =
  /** Created or changed; the object has been admitted. */
  | { type: 'apply'; object: KubeObject; at?: Location }
  | { type: 'delete'; key: ObjectKey }
  /** Something that cannot be used. Where `key` names an object that was good before, that one stays in force. */
  | { type: 'refuse'; key?: ObjectKey; at: Location; message: string }
  /** A file has been read again, or is gone: earlier refusals at places in it no longer hold. */
  | { type: 'read'; file: string }

export interface Sink {
  /** One consistent set of changes, applied as a whole. */
  changes(batch: readonly Change[]): void
  /** Called once, when everything that exists has been read: nothing is served before. */
  synced(): void
}

export interface Source {
  start(sink: Sink): Promise<void>
  stop(): Promise<void>
}
