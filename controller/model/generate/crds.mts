// CRDs as others publish them: text of YAML in, the schemas of their kinds out, without prose.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KindSchema, Schema } from '../schema.ts'
import { type Published, strip } from './strip.mts'

/** The folders of Go modules (`path@version`), downloaded from the module proxy where they are not in the cache. */
export const moduleDirs = (modules: readonly string[]): string[] => {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-model-'))
  try {
    return modules.map(m => {
      const out = execFileSync('go', ['mod', 'download', '-json', m], { cwd: scratch, encoding: 'utf8' })
      return (JSON.parse(out) as { Dir: string }).Dir
    })
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

interface Crd {
  kind: string
  spec: {
    group: string
    scope: 'Namespaced' | 'Cluster'
    names: { kind: string; plural: string }
    versions: { name: string; served: boolean; schema: { openAPIV3Schema: Published } }[]
  }
}

/** Every CRD among the documents of a text. */
export const crdsOf = (text: string): KindSchema[] =>
  parseAllDocuments(text)
    .map(document => document.toJS() as Crd | null)
    .filter(crd => crd?.kind === 'CustomResourceDefinition')
    .map(crd => kindOfCrd(crd!))

const noReferences = (ref: string): never => {
  throw new Error(`a CRD holds no references, found ${ref}`)
}

const kindOfCrd = ({ spec }: Crd): KindSchema => {
  const served = spec.versions.filter(v => v.served)
  const versions: Record<string, Schema | string> = {}
  const seen = new Map<string, string>()
  for (const v of served) {
    const schema = strip(v.schema.openAPIV3Schema, noReferences)
    const text = JSON.stringify(schema)
    versions[v.name] = seen.get(text) ?? schema
    if (!seen.has(text)) seen.set(text, v.name)
  }
  return {
    group: spec.group,
    kind: spec.names.kind,
    plural: spec.names.plural,
    namespaced: spec.scope === 'Namespaced',
    preferred: served[0]!.name,
    versions,
  }
}
