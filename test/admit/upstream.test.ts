// Every manifest of the Gateway API project goes through admission; what becomes of each object is written down in
// data/verdicts.txt. `UPDATE_GOLDEN=1` writes it anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { createAdmission } from '../../controller/admit/admit.ts'
import { type Item, itemsOf } from '../../controller/admit/items.ts'
import { splitDocuments } from '../../controller/admit/yaml/document.ts'
import { manifestFiles, upstream } from './manifests.ts'

const golden = join(import.meta.dirname, 'data/verdicts.txt')
const admitStandard = createAdmission({ channel: 'standard', defaultNamespace: 'default' })
const admitExperimental = createAdmission({ channel: 'experimental', defaultNamespace: 'default' })

const itemsIn = (file: string, admission = admitExperimental): { line: number; item: Item }[] =>
  splitDocuments(readFileSync(join(upstream, file), 'utf8')).flatMap(({ text, line }) =>
    itemsOf(text, admission, () => undefined).map(item => ({ line, item })),
  )

const told = (line: number, item: Item): string[] => {
  switch (item.type) {
    case 'object':
      return [`  ${line + item.at.line - 1}: admitted ${item.key}`]
    case 'refused':
      return item.faults.map(({ at, message }) => `  ${line + at.line - 1}:${at.column}: refused ${message}`)
    case 'built-in':
      return [`  ignored ${item.kind}`]
    case 'foreign':
      return [`  ignored ${item.apiVersion}/${item.kind}`]
  }
}

const isRefused = ({ item }: { item: Item }): boolean => item.type === 'refused'

describe('manifests of the Gateway API project', () => {
  it('get the verdicts that are written down', () => {
    const lines = manifestFiles().flatMap(file => [
      file,
      ...itemsIn(file).flatMap(({ line, item }) => told(line, item)),
    ])
    const text = `${lines.join('\n')}\n`
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text)
    expect(text).to.equal(readFileSync(golden, 'utf8'))
  })

  it('are all admitted from the conformance suite, but for those whose placeholders its runner fills in', () => {
    const refused = manifestFiles('conformance').filter(file => itemsIn(file).some(isRefused))
    const placeholders = refused.filter(file =>
      /PLACEHOLDER|\{GATEWAY_/.test(readFileSync(join(upstream, file), 'utf8')),
    )
    expect(refused).to.deep.equal(placeholders).and.to.have.length(2)
  })

  it('are all admitted from the standard examples, with the standard CRDs', () => {
    for (const file of manifestFiles('examples/standard')) {
      expect(itemsIn(file, admitStandard).filter(isRefused), file).to.deep.equal([])
    }
  })

  it('are all refused from the invalid examples, each with its place in the file', () => {
    const files = manifestFiles('invalid-examples')
    expect(files).to.have.length(36)
    for (const file of files) {
      const admission = file.includes('/standard/') ? admitStandard : admitExperimental
      const refused = itemsIn(file, admission).filter(isRefused)
      expect(refused, file).to.not.deep.equal([])
    }
  })

  it('differ by channel: what only the experimental one has is unknown to the standard one', () => {
    const file = 'examples/experimental/http-route-rule-name.yaml'
    expect(itemsIn(file, admitExperimental).some(isRefused)).to.equal(false)
    const retry =
      'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec: {rules: [{retry: {attempts: 2}}]}\n'
    expect(itemsOf(retry, admitExperimental, () => undefined)[0]).to.have.property('type', 'object')
    expect(itemsOf(retry, admitStandard, () => undefined)[0]).to.have.deep.property('faults', [
      { at: { line: 4, column: 17 }, message: 'strict decoding error: unknown field "spec.rules[0].retry"' },
    ])
  })
})
