// The generated data: complete, without prose, and no CRD uses what admission does not understand.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseCel } from '@bufbuild/cel'
import { expect } from 'chai'
import { parse } from 'yaml'
import { isFormat } from '../../controller/admit/format.ts'
import { matcher } from '../../controller/admit/regex.ts'
import { KINDS } from '../../controller/model/kinds.ts'
import type { Schema } from '../../controller/model/schema.ts'
import { builtInKinds, type Channel, servedKinds } from '../../controller/model/schemas.ts'

const gen = join(import.meta.dirname, '../../controller/model/gen')
const crds = join(import.meta.dirname, '../../controller/crds')
const channels: Channel[] = ['standard', 'experimental']

/** Every schema node below one, with where it is. */
const nodesOf = (schema: Schema, path: string): [string, Schema][] => {
  const inner: [string, Schema | boolean | undefined][] = [
    ['[]', schema.items],
    ['.*', schema.additionalProperties],
    ['!', schema.not],
    ...Object.entries(schema.properties ?? {}).map(([name, s]): [string, Schema] => [`.${name}`, s]),
    ...[...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((s): [string, Schema] => [
      '|',
      s,
    ]),
  ]
  return [[path, schema], ...inner.flatMap(([step, s]) => (typeof s === 'object' ? nodesOf(s, path + step) : []))]
}

const allNodes = (): [string, Schema][] =>
  channels.flatMap(channel => [...servedKinds(channel)].flatMap(([id, { schema }]) => nodesOf(schema, id)))

describe('generated schemas', () => {
  it('exist for every kind that we serve', () => {
    const kinds = new Set([...servedKinds('experimental').values()].map(k => k.kind))
    expect([...kinds].sort()).to.deep.equal(Object.keys(KINDS).sort())
  })

  it('name their source, their licence and their script', () => {
    for (const name of readdirSync(gen).filter(n => n.endsWith('.json'))) {
      const data = JSON.parse(readFileSync(join(gen, name), 'utf8')) as Record<string, unknown>
      expect(data, name).to.include.keys('source', 'licence', 'script')
      expect(data.script).to.equal('controller/model/generate.mts')
    }
  })

  it('say which channel has what', () => {
    const [standard, experimental] = channels.map(c => servedKinds(c))
    expect([...standard!.keys()].filter(id => !experimental!.has(id))).to.deep.equal([])
    expect(experimental!.has('gateway.networking.x-k8s.io/v1alpha1/XMesh')).to.equal(true)
    expect(standard!.has('gateway.networking.x-k8s.io/v1alpha1/XMesh')).to.equal(false)
  })

  it('hold no prose and no references', () => {
    for (const [path, node] of allNodes())
      expect(Object.keys(node), path).to.not.include.members(['description']).and.not.include('$ref')
  })

  it('have patterns that are RE2', () => {
    for (const [path, { pattern }] of allNodes()) if (pattern) expect(() => matcher(pattern)('a'), path).to.not.throw()
  })

  it('use string formats outside status that are checked, or that the API server ignores', () => {
    const formats = allNodes()
      .filter(([path, node]) => node.type === 'string' && !path.includes('.status'))
      .flatMap(([, { format }]) => (format === undefined || isFormat(format) ? [] : [format]))
    // Contents of Secrets and ConfigMaps are checked by core/data.ts.
    expect([...new Set(formats)]).to.deep.equal(['byte'])
  })

  it('use only functions in CEL rules that are there', () => {
    const known = new Set([
      ...['_&&_', '_||_', '!_', '_==_', '_!=_', '_<_', '_<=_', '_>_', '_>=_', '_+_', '_[_]', '_?_:_', '@in'],
      ...['@not_strictly_false', 'size', 'matches', 'startsWith', 'endsWith', 'contains', 'split', 'substring'],
      ...['duration', 'isIP', 'dns1123Label', 'validate'],
    ])
    const functionsIn = (value: unknown): string[] => {
      if (typeof value !== 'object' || value === null) return []
      const own = 'function' in value && typeof value.function === 'string' ? [value.function] : []
      return [...own, ...Object.values(value).flatMap(functionsIn)]
    }
    const rules = allNodes().flatMap(([, node]) => node['x-kubernetes-validations'] ?? [])
    expect(rules.length).to.be.greaterThan(100)
    for (const text of new Set(rules.flatMap(r => [r.rule, r.messageExpression ?? 'true']))) {
      expect(
        functionsIn(parseCel(text).expr).filter(f => !known.has(f)),
        text,
      ).to.deep.equal([])
    }
  })

  it('know the kinds of Kubernetes', () => {
    const kinds = builtInKinds()
    for (const kind of [
      '/Pod',
      'apps/Deployment',
      'rbac.authorization.k8s.io/ClusterRole',
      'apiextensions.k8s.io/CustomResourceDefinition',
    ]) {
      expect(kinds.has(kind), kind).to.equal(true)
    }
  })
})

describe('our CRDs', () => {
  for (const file of readdirSync(crds).filter(f => f.endsWith('.yaml'))) {
    const crd = parse(readFileSync(join(crds, file), 'utf8')) as Crd
    describe(file, () => {
      it('is in the generated data as it is here', () => {
        const { group, names, scope, versions } = crd.spec
        const served = servedKinds('standard').get(`${group}/${versions[0]!.name}/${names.kind}`)
        expect(served).to.include({ group, plural: names.plural, namespaced: scope === 'Namespaced' })
        expect(withoutProse(versions[0]!.schema.openAPIV3Schema)).to.deep.equal(served?.schema)
      })
      it('is named after its plural', () =>
        expect(crd.metadata.name).to.equal(`${crd.spec.names.plural}.${crd.spec.group}`))
      it('describes every field', () => {
        const silent = nodesOf(crd.spec.versions[0]!.schema.openAPIV3Schema, '').filter(
          ([path, node]) => path !== '.metadata' && !('description' in node),
        )
        expect(silent.map(([path]) => path)).to.deep.equal([])
      })
      it('has a status with conditions, and columns that show one', () => {
        const [version] = crd.spec.versions
        expect(version?.subresources).to.have.property('status')
        expect(version?.schema.openAPIV3Schema.properties?.status?.properties?.conditions).to.include({
          'x-kubernetes-list-type': 'map',
        })
        expect(version?.additionalPrinterColumns.map(c => c.name)).to.include.members(['Accepted', 'Age'])
      })
    })
  }
})

interface Crd {
  metadata: { name: string }
  spec: {
    group: string
    scope: string
    names: { kind: string; plural: string }
    versions: {
      name: string
      schema: { openAPIV3Schema: Schema }
      subresources?: object
      additionalPrinterColumns: { name: string }[]
    }[]
  }
}

const withoutProse = (schema: unknown): unknown => {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map(withoutProse)
  const entries = Object.entries(schema).filter(([key, value]) => !(key === 'description' && typeof value === 'string'))
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutProse(value)]))
}
