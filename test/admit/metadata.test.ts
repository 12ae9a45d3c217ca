// Metadata: what is kept of it, and what the API server would say about the rest.
import { expect } from 'chai'
import { keyOf } from '../../controller/model/object.ts'
import type { Json } from './manifests.ts'
import { admit, messages, route } from './objects.ts'

describe('metadata', () => {
  const refused = (name: string, metadata: Json, ...expected: (string | RegExp)[]): void => {
    it(name, () => {
      const found = messages(route({}, metadata))
      expect(found).to.have.length(expected.length)
      for (const [i, message] of expected.entries())
        expect(found[i]).to.match(typeof message === 'string' ? literal(message) : message)
    })
  }
  const literal = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
  const unchecked = /^<nil>: Invalid value: null: some validation rules were not checked/

  refused('needs a name', { name: '' }, 'metadata.name: Required value: name or generateName is required', unchecked)
  refused(
    'has a name in lower case',
    { name: 'A_b' },
    /^metadata\.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist/,
  )
  refused(
    'has a namespace without dots',
    { namespace: 'a.b' },
    'metadata.namespace: Invalid value: "a.b": must not contain dots',
  )
  refused(
    'has labels of text',
    { labels: { v: 1 } },
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  )
  refused(
    'has a map of labels',
    { labels: ['a'] },
    'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
  )
  refused(
    'has a name of text',
    { name: 5 },
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
  )
  refused('has no other fields', { foo: 1 }, 'strict decoding error: unknown field "metadata.foo"')
  refused(
    'has good label keys',
    { labels: { 'a b': 'c' } },
    /^metadata\.labels: Invalid value: "a b": name part must consist/,
  )
  refused(
    'has good label values',
    { labels: { a: 'b c' } },
    /^metadata\.labels: Invalid value: "b c": a valid label must be/,
  )
  refused('has short label values', { labels: { a: 'b'.repeat(64) } }, /must be no more than 63 bytes$/)
  refused('has good prefixes', { labels: { 'A/b': '' } }, /prefix part a lowercase RFC 1123 subdomain/)
  refused('has one slash in a key', { annotations: { 'a/b/c': '' } }, /a valid label key must consist/)
  refused(
    'has few annotations',
    { annotations: { a: 'x'.repeat(300_000) } },
    'metadata.annotations: Too long: may not be more than 262144 bytes',
    unchecked,
  )

  it('that cannot be decoded still says which object it is', () => {
    const verdict = admit(route({}, { labels: { v: 1 } }))
    expect(verdict).to.have.property('key', keyOf('gateway.networking.k8s.io', 'HTTPRoute', 'default', 'x'))
  })
  it('points at the label', () => {
    const verdict = admit(route({}, { labels: { 'a b': 'c' } }))
    expect(verdict.type === 'refused' && verdict.faults[0]?.steps).to.deep.equal(['metadata', 'labels', 'a b'])
  })

  it('knows its fields by their own names only', () => {
    const metadata = JSON.parse('{"name":"x","__proto__":1,"constructor":1}') as Json
    expect(messages({ ...route(), metadata })).to.deep.equal([
      'strict decoding error: unknown field "metadata.__proto__"',
      'strict decoding error: unknown field "metadata.constructor"',
    ])
  })

  it('has lists where lists belong, and a good prefix', () => {
    expect(messages(route({}, { finalizers: 'a' }))[0]).to.match(/cannot unmarshal string .* of type \[\]string$/)
    expect(messages(route({}, { generateName: 'a-' }))).to.deep.equal([])
    expect(messages(route({}, { generateName: ':' }))[0]).to.match(/^metadata.generateName: Invalid value: ":"/)
  })
})
