// The schema of every kind and version that we serve.
// In: generated data. Out: tables that admission looks kinds up in.
import core from './gen/core.json' with { type: 'json' }
import experimental from './gen/gateway-experimental.json' with { type: 'json' }
import standard from './gen/gateway-standard.json' with { type: 'json' }
import builtIn from './gen/kubernetes-kinds.json' with { type: 'json' }
import sluice from './gen/sluice.json' with { type: 'json' }
import { KINDS, type KindName } from './kinds.ts'
import type { KindSchema, Schema, SchemaSet } from './schema.ts'

/** Which CRDs of the Gateway API are installed; `experimental` has every field and kind of `standard`, and more. */
export type Channel = 'standard' | 'experimental'

export interface ServedKind {
  kind: KindName
  group: string
  plural: string
  namespaced: boolean
  /** The `apiVersion` that admitted objects have, whatever version they were written in. */
  preferred: string
  schema: Schema
}

const setsOf = (channel: Channel): readonly SchemaSet[] => {
  const gateway = channel === 'standard' ? standard : experimental
  return [gateway, core, sluice] as unknown as SchemaSet[]
}

/** By `apiVersion/Kind`. */
export const servedKinds = (channel: Channel): ReadonlyMap<string, ServedKind> =>
  new Map(
    setsOf(channel)
      .flatMap(set => set.kinds)
      .flatMap(versionsOf),
  )

const versionsOf = (source: KindSchema): [string, ServedKind][] => {
  const { group, plural, namespaced } = source
  const kind = source.kind as KindName
  if (KINDS[kind]?.group !== group) return []
  const apiVersion = (version: string): string => (group === '' ? version : `${group}/${version}`)
  return Object.entries(source.versions).map(([version, own]) => {
    const schema = (typeof own === 'string' ? source.versions[own] : own) as Schema
    const preferred = apiVersion(source.preferred)
    return [`${apiVersion(version)}/${kind}`, { kind, group, plural, namespaced, preferred, schema }]
  })
}

/** Every kind of Kubernetes itself, as `group/Kind`. */
export const builtInKinds = (): ReadonlySet<string> => new Set(builtIn.kinds)
