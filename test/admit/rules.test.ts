// CEL rules: where they stand, what they say when they fail, and that the quick answer is never another than CEL's.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@bufbuild/cel'
import { expect } from 'chai'
import { compile } from '../../controller/admit/cel/environment.ts'
import { compileQuick } from '../../controller/admit/cel/quick.ts'
import { checkRules } from '../../controller/admit/cel/rules.ts'
import { converter, escapeName } from '../../controller/admit/cel/value.ts'
import type { Fault } from '../../controller/admit/fault.ts'
import { validate } from '../../controller/admit/validate.ts'
import { treeOf } from '../../controller/model/generate/rules.mts'
import { ruleTree, type Tree } from '../../controller/model/rules.ts'
import type { Rule, Schema } from '../../controller/model/schema.ts'
import { servedKinds } from '../../controller/model/schemas.ts'
import { customObjects, isObject, type Json, mutate, randomOf } from './manifests.ts'

const check = (value: unknown, schema: Schema, old?: unknown): string[] => {
  const faults: Fault[] = []
  checkRules(value, old, schema, faults)
  return faults.map(f => f.message)
}
const text: Schema = { type: 'string' }
const rules = (...list: (string | Rule)[]): Pick<Schema, 'x-kubernetes-validations'> => ({
  'x-kubernetes-validations': list.map(rule => (typeof rule === 'string' ? { rule } : rule)),
})
const object = (properties: Record<string, Schema>, ...own: (string | Rule)[]): Schema => ({
  type: 'object',
  properties,
  ...rules(...own),
})

describe('a rule that fails', () => {
  it('says what it is', () => {
    expect(check({ a: 'x' }, object({ a: { ...text, ...rules("self == 'y'") } }))).to.deep.equal([
      'a: Invalid value: "x": failed rule: self == \'y\'',
    ])
  })
  it('says its message, without the value of an object', () => {
    expect(
      check({ a: { b: 'x' } }, object({ a: object({ b: text }, { rule: 'has(self.c)', message: ' no c ' }) })),
    ).to.deep.equal(['a: Invalid value: no c'])
  })
  it('says what its expression says, if that is one line of text', () => {
    const say = (messageExpression: string): string[] =>
      check({ a: 'x' }, object({ a: text }, { rule: 'false', message: 'fixed', messageExpression }))
    expect(say("'no ' + self.a")).to.deep.equal(['<nil>: Invalid value: no x'])
    for (const bad of ["''", "'a\\nb'", 'self.b', '1'])
      expect(say(bad), bad).to.deep.equal(['<nil>: Invalid value: fixed'])
  })
  it('points where it is told to', () => {
    expect(
      check(
        { a: {} },
        object({ a: object({ b: object({ 'c.d': text }) }, { rule: 'false', message: 'm', fieldPath: ".b['c.d']" }) }),
      ),
    ).to.deep.equal(['a.b.c.d: Invalid value: m'])
  })
  it('has its reason', () => {
    const because = (reason: NonNullable<Rule['reason']>): string[] =>
      check({ a: 'x' }, object({ a: { ...text, ...rules({ rule: 'false', message: 'm', reason }) } }))
    expect(because('FieldValueForbidden')).to.deep.equal(['a: Forbidden: m'])
    expect(because('FieldValueRequired')).to.deep.equal(['a: Required value: m'])
    expect(because('FieldValueDuplicate')).to.deep.equal(['a: Duplicate value: "x"'])
    expect(because('FieldValueInvalid')).to.deep.equal(['a: Invalid value: "x": m'])
  })
  it('because it cannot be evaluated says why', () => {
    const fail = (rule: string): string[] =>
      check({ a: 'x', l: [] }, object({ a: text, l: { type: 'array', items: text } }, { rule, message: 'm' }))
    expect(fail('self.b == 1')).to.deep.equal(['<nil>: Invalid value: "object": no such key: b evaluating rule: m'])
    expect(fail('self.l[5] == "x"')).to.deep.equal([
      '<nil>: Invalid value: "object": index out of bounds: 5 evaluating rule: m',
    ])
    expect(fail('1 / 0 == 1')).to.deep.equal(['<nil>: Invalid value: "object": division by zero evaluating rule: m'])
    expect(fail('self.a > 1')[0]).to.match(/'no such overload': call arguments did not match/)
  })
})

describe('rules', () => {
  it('stand on items, fields and entries', () => {
    const schema = object({
      list: { type: 'array', items: { ...text, ...rules("self != 'x'") } },
      map: { type: 'object', additionalProperties: { ...text, ...rules("self != 'x'") } },
    })
    expect(check({ list: ['a', 'x'], map: { k: 'x' } }, schema).map(m => m.split(':')[0])).to.deep.equal([
      'list[1]',
      'map[k]',
    ])
  })
  it('do not look at null', () =>
    expect(check({ a: null }, object({ a: { ...text, nullable: true, ...rules('false') } }))).to.deep.equal([]))
  it('see only fields that the schema has', () =>
    expect(check({ a: 'x' }, object({}, '!has(self.a)'))).to.deep.equal([]))
  it('see names that CEL reserves, escaped', () => {
    expect(['namespace', 'a.b', 'a-b', 'a/b', 'a__b', 'name'].map(escapeName)).to.deep.equal([
      ...['__namespace__', 'a__dot__b', 'a__dash__b', 'a__slash__b', 'a__underscores__b', 'name'],
    ])
    expect(check({ 'a-b': 'x' }, object({ 'a-b': text }, "self.a__dash__b == 'x'"))).to.deep.equal([])
  })
  it('count integers as such, and numbers not', () => {
    const schema = object(
      { i: { type: 'integer' }, n: { type: 'number' } },
      'type(self.i) == int && type(self.n) == double',
    )
    expect(check({ i: 1, n: 1 }, schema)).to.deep.equal([])
  })
})

describe('rules about changes', () => {
  const immutable: Schema = { ...text, ...rules('self == oldSelf') }
  it('need something to compare with', () => {
    expect(check({ a: 'x' }, object({ a: immutable }), { a: 'y' })).to.have.length(1)
    expect(check({ a: 'x' }, object({ a: immutable }), { a: 'x' })).to.deep.equal([])
    expect(check({ a: 'x' }, object({ a: immutable }), {})).to.deep.equal([])
    expect(check({ a: 'x' }, object({ a: immutable }))).to.deep.equal([])
  })
  it('compare items of a list of type map by their keys, of others not at all', () => {
    const items = object({ k: text, v: immutable })
    const byKey: Schema = { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] }
    const before = [
      { k: '1', v: 'a' },
      { k: '2', v: 'b' },
    ]
    const after = [
      { k: '2', v: 'b' },
      { k: '1', v: 'c' },
      { k: '3', v: 'd' },
    ]
    expect(check({ l: after }, object({ l: byKey }), { l: before })).to.deep.equal([
      'l[1].v: Invalid value: "c": failed rule: self == oldSelf',
    ])
    expect(check({ l: after }, object({ l: { type: 'array', items } }), { l: before })).to.deep.equal([])
  })
  it('may ask whether there is something', () => {
    const schema = object({
      a: { ...text, ...rules({ rule: "oldSelf.orValue('z') != self || oldSelf.hasValue()", optionalOldSelf: true }) },
    })
    expect(check({ a: 'z' }, schema)).to.have.length(1)
    expect(check({ a: 'x' }, schema)).to.deep.equal([])
    expect(check({ a: 'z' }, schema, { a: 'z' })).to.deep.equal([])
  })
})

describe('the quick answer', () => {
  const data = JSON.parse(readFileSync(join(import.meta.dirname, '../../controller/model/gen/rules.json'), 'utf8')) as {
    rules: Record<string, Tree>
  }

  it('has the trees that the parser makes', () => {
    for (const [rule, tree] of Object.entries(data.rules)) expect(treeOf(parse(rule).expr), rule).to.deep.equal(tree)
  })

  it('is there for nearly all rules', () => {
    const slow = Object.entries(data.rules).filter(([, tree]) => compileQuick(tree) === undefined)
    expect(slow.map(([rule]) => rule)).to.deep.equal([
      'size(self) == 0 || format.dns1123Label().validate(self) == null',
    ])
  })

  it('is yes only where CEL says yes, for every rule and whatever it stands on', () => {
    const nodes: { rule: string; schema: Schema; value: unknown }[] = []
    const collect = (value: unknown, schema: Schema): void => {
      for (const { rule } of schema['x-kubernetes-validations'] ?? []) nodes.push({ rule, schema, value })
      if (Array.isArray(value)) for (const item of value) collect(item, schema.items ?? {})
      else if (isObject(value))
        for (const [name, inner] of Object.entries(value)) collect(inner, schema.properties?.[name] ?? {})
    }
    const kinds = servedKinds('experimental')
    const objects = customObjects()
    const random = randomOf(11)
    for (let i = 0; i < 3000; i++) {
      const value: Json = mutate(objects[Math.floor(random() * objects.length)]!, random)
      const schema = kinds.get(`${value.apiVersion}/${value.kind}`)?.schema
      if (schema) collect(value, schema)
    }
    const answered = new Set<string>()
    for (const { rule, schema, value } of nodes) {
      if (value === null || rule.includes('oldSelf')) continue
      // Rules are evaluated on what fits the schema.
      const faults: Fault[] = []
      validate(value, schema, undefined, faults)
      if (faults.some(f => f.isBlocking)) continue
      const tree = ruleTree(rule)
      if (!tree || !compileQuick(tree)?.(value)) continue
      answered.add(rule)
      const result = compile(rule)({ self: converter()(value, schema) })
      expect(result, `${rule} ${JSON.stringify(value)}`).to.deep.equal({ ok: true, value: true })
    }
    expect(answered.size).to.be.greaterThan(75)
  })

  it('is no where CEL has an error or another type', () => {
    const holds = (rule: string, self: unknown): boolean => compileQuick(treeOf(parse(rule).expr))?.(self) ?? false
    for (const [rule, self] of [
      ['self.a', {}],
      ['self.a == 1 || true == self.b', { a: 2 }],
      ["self == 'a'", ['a']],
      ["self > 'a'", 'b'],
      ['self[3] == 1', [1]],
      ["self.matches('a')", 5],
      ['size(self) == 1', 'é'],
      ['self.all(x, x > 1)', 5],
      ['self.all(x, x > 1)', ['a']],
      ['self.exists_one(x, x == 1)', [1, 1]],
      ["duration(self) < duration('1h')", 'abc'],
      ["self in ['a']", null],
      ['self ? self : self', 'x'],
      ['!self', 0],
    ] as const) {
      expect(holds(rule, self), `${rule} ${JSON.stringify(self)}`).to.equal(false)
    }
    expect(holds('self.a == 1 || self.b == 2', { b: 2 })).to.equal(true)
    expect(holds('self.filter(x, x > 1).size() == 2', [1, 2, 3])).to.equal(true)
    expect(holds("duration(self) == duration('90m')", '1h30m')).to.equal(true)
  })
})
