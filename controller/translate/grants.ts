// ReferenceGrants in, the answer to "may this refer to that" out (apis/v1/referencegrant_types.go).
import type { ReferenceGrant } from '../model/kinds.ts'

export interface Reference {
  from: { group: string; kind: string; namespace: string }
  to: { group: string; kind: string; namespace: string; name: string }
}

/** Grants by the namespace they are in, which is the namespace they open. */
export type Grants = ReadonlyMap<string, readonly ReferenceGrant[]>

const indexes = new WeakMap<readonly ReferenceGrant[], Grants>()

export const indexGrants = (grants: readonly ReferenceGrant[]): Grants => {
  const known = indexes.get(grants)
  if (known) return known
  const index = Map.groupBy(grants, grant => grant.metadata.namespace)
  indexes.set(grants, index)
  return index
}

export const permits = (grants: Grants, { from, to }: Reference): boolean =>
  from.namespace === to.namespace ||
  (grants.get(to.namespace) ?? []).some(
    ({ spec }) =>
      spec.from.some(
        trusted => trusted.group === from.group && trusted.kind === from.kind && trusted.namespace === from.namespace,
      ) &&
      spec.to.some(open => open.group === to.group && open.kind === to.kind && (!open.name || open.name === to.name)),
  )
