// Several files: whose an object is, what is not ours, and that the order of events does not matter.
import { expect } from 'chai'
import { keyOf, type ObjectKey } from '../../controller/model/object.ts'
import { BAD_PORT, BAD_TARGET_PORT, join, service, start } from './files.ts'

describe('an object that is there twice', () => {
  const twice = 'Service default/a is already defined in conf/a.yaml; this one is not used'

  it('is the first in path order, whatever came first', () => {
    const w = start()
    w.write('b.yaml', service('a', 82))
    expect(w.port('a')).to.equal(82)
    w.write('a.yaml', service('a', 81))
    expect(w.port('a')).to.equal(81)
    expect(w.lines()).to.deep.equal([`conf/b.yaml:1:1: ${twice}`])
  })

  it('comes from the next file when the first goes', () => {
    const w = start()
    w.write('a.yaml', service('a', 81))
    w.write('b.yaml', service('a', 82))
    w.write('a.yaml')
    expect([w.port('a'), w.place('a')]).to.deep.equal([82, 'conf/b.yaml:1:1'])
    expect(w.lines()).to.deep.equal([])
  })

  it('is the first of the same file', () => {
    const w = start()
    w.write('a.yaml', join(service('a', 81), service('a', 82)))
    expect(w.port('a')).to.equal(81)
    expect(w.lines()).to.deep.equal([`conf/a.yaml:9:1: ${twice}`])
    w.write('a.yaml', join(service('a', 81), service('a', 81)))
    expect(w.lines()).to.have.length(1)
  })

  it('is not the second because the first is broken', () => {
    const w = start()
    w.write('a.yaml', service('a', 0))
    w.write('b.yaml', service('a', 82))
    expect(w.object('a')).to.equal(undefined)
    expect(w.lines()).to.deep.equal([
      `conf/a.yaml:7:5: ${BAD_PORT}`,
      `conf/a.yaml:7:5: ${BAD_TARGET_PORT}`,
      `conf/b.yaml:1:1: ${twice}`,
    ])
    w.write('a.yaml', service('a', 81))
    expect(w.port('a')).to.equal(81)
  })

  it('is not what a file said that no longer names it', () => {
    const w = start()
    w.write('a.yaml', service('a', 81))
    w.write('b.yaml', service('a', 0))
    w.write('a.yaml', service('other'))
    expect(w.object('a')).to.equal(undefined)
  })

  it('differs by namespace and kind', () => {
    const w = start()
    w.write(
      'a.yaml',
      join(
        service('a'),
        service('a').replace('name: a', 'name: a\n  namespace: x'),
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
      ),
    )
    expect(w.lines()).to.deep.equal([])
  })
})

describe('rules about changes', () => {
  it('compare with what is in force', () => {
    const w = start()
    const gatewayClass = (controller: string): string =>
      `apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata:\n  name: c\nspec:\n  controllerName: ${controller}\n`
    w.write('a.yaml', gatewayClass('a.b/old'))
    w.write('a.yaml', gatewayClass('a.b/new'))
    expect(w.lines()).to.deep.equal([
      'conf/a.yaml:6:3: spec.controllerName: Invalid value: "a.b/new": Value is immutable',
    ])
    expect(w.store.snapshot().get('GatewayClass', '', 'c')?.spec.controllerName).to.equal('a.b/old')
  })
})

describe('what is not ours', () => {
  it('is counted', () => {
    const w = start()
    w.write(
      'a.yaml',
      'apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: v1\nkind: Pod\n---\napiVersion: cert-manager.io/v1\nkind: Issuer\n',
    )
    w.write('b.yaml', 'apiVersion: apps/v1\nkind: Deployment\n')
    const { builtIn, foreign } = w.world.ignored()
    expect([...builtIn]).to.deep.equal([
      ['Deployment', 2],
      ['Pod', 1],
    ])
    expect([...foreign]).to.deep.equal([['cert-manager.io/v1/Issuer', 1]])
    expect(w.lines()).to.deep.equal([])
    w.write('a.yaml')
    expect([...w.world.ignored().builtIn]).to.deep.equal([['Deployment', 1]])
  })

  it('is refused when it cannot be told what it is', () => {
    const w = start()
    w.write(
      'a.yaml',
      'replicas: 3\n---\njust text\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRuote\nmetadata: {name: a}\n',
    )
    expect(w.lines()).to.deep.equal([
      "conf/a.yaml:1:1: Object 'Kind' is missing",
      'conf/a.yaml:3:1: json: cannot unmarshal string into Go value of type map[string]interface {}',
      'conf/a.yaml:6:1: no matches for kind "HTTPRuote" in version "gateway.networking.k8s.io/v1"',
    ])
  })
})

describe('any order of events', () => {
  it('ends where reading everything anew ends, as long as nothing is broken', () => {
    const keys: ObjectKey[] = ['a', 'b', 'c'].map(name => keyOf('', 'Service', 'default', name))
    const texts = [
      undefined,
      service('a', 1),
      service('b', 2),
      join(service('a', 3), service('b', 4)),
      join(service('c', 5), service('a', 6)),
    ]
    let seed = 7
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return Math.floor((seed / 2 ** 32) * n)
    }
    for (let round = 0; round < 200; round++) {
      const w = start()
      const files = new Map<string, string>()
      for (let step = 0; step < 12; step++) {
        const path = ['x.yaml', 'y.yaml', 'z.yaml'][random(3)]!
        const text = texts[random(texts.length)]
        w.write(path, text)
        if (text === undefined) files.delete(path)
        else files.set(path, text)
      }
      const fresh = start()
      for (const [path, text] of files) fresh.write(path, text)
      const said = (world: ReturnType<typeof start>): unknown => [
        ['a', 'b', 'c'].map(world.port),
        keys.map(key => world.store.snapshot().locationOf(key)),
        world.lines(),
      ]
      expect(said(w)).to.deep.equal(said(fresh))
    }
  })
})
