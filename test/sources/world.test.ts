// What a set of files says, and what of it is in force, as files come, change, break and go.
import { expect } from 'chai'
import { createAdmission } from '../../controller/admit/admit.ts'
import { keyOf, type ObjectKey } from '../../controller/model/object.ts'
import type { FileText } from '../../controller/sources/directory/file.ts'
import { createWorld } from '../../controller/sources/directory/world.ts'
import { createStore } from '../../controller/store/store.ts'

const service = (name: string, port: number | string = 80): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  ports:\n  - port: ${port}\n`
const join = (...documents: string[]): string => documents.join('---\n')

/** A world with a store behind it; `write` without a text removes the file. */
const start = () => {
  const world = createWorld(createAdmission({ channel: 'standard', defaultNamespace: 'default' }))
  const store = createStore()
  const set = (path: string, content: FileText): void => {
    world.update(path, `conf/${path}`, content)
    store.changes(world.flush())
  }
  const port = (name: string): unknown => store.snapshot().get('Service', 'default', name)?.spec?.ports?.[0]?.port
  return {
    world,
    store,
    write: (path: string, text?: string): void =>
      set(path, text === undefined ? { type: 'gone' } : { type: 'text', text }),
    ruin: (path: string): void => set(path, { type: 'unusable', line: 2, column: 3, message: 'unusable' }),
    port,
    object: (name: string) => store.snapshot().get('Service', 'default', name),
    lines: (): string[] =>
      store.snapshot().refusals.map(({ at, message }) => `${at.file}:${at.line}:${at.column}: ${message}`),
    place: (name: string): string => {
      const at = store.snapshot().locationOf(keyOf('', 'Service', 'default', name))
      return `${at?.file}:${at?.line}:${at?.column}`
    },
  }
}

const BAD_PORT = 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'

describe('a file', () => {
  it('brings its objects, with their places', () => {
    const w = start()
    w.write('a.yaml', join(service('a'), service('b', 81)))
    expect([w.port('a'), w.port('b')]).to.deep.equal([80, 81])
    expect([w.place('a'), w.place('b')]).to.deep.equal(['conf/a.yaml:1:1', 'conf/a.yaml:9:1'])
    expect(w.lines()).to.deep.equal([])
  })

  it('takes its objects with it', () => {
    const w = start()
    w.write('a.yaml', service('a'))
    w.write('a.yaml')
    expect(w.object('a')).to.equal(undefined)
    expect(w.store.snapshot().list('Service')).to.deep.equal([])
  })

  it('that is read again as it was changes nothing', () => {
    const w = start()
    w.write('a.yaml', service('a'))
    const before = w.store.snapshot()
    w.write('a.yaml', service('a'))
    expect(w.store.snapshot()).to.equal(before)
  })

  it('that only moves its objects leaves them what they are', () => {
    const w = start()
    w.write('a.yaml', service('a'))
    const before = w.object('a')
    w.write('a.yaml', join('# more\n', service('b'), service('a')))
    expect(w.object('a')).to.equal(before)
    expect(w.place('a')).to.equal('conf/a.yaml:11:1')
    w.write('a.yaml', `# other words\n${service('a')}`)
    expect(w.object('a')).to.equal(before)
  })

  it('counts the generations of what it changes, not of metadata', () => {
    const w = start()
    const generation = (): unknown => w.object('a')?.metadata.generation
    w.write('a.yaml', service('a'))
    expect(generation()).to.equal(1)
    w.write('a.yaml', service('a', 81))
    expect(generation()).to.equal(2)
    w.write('a.yaml', service('a', 81).replace('name: a', 'name: a\n  labels: {x: z}'))
    expect(w.object('a')?.metadata).to.deep.include({ generation: 2, labels: { x: 'z' } })
    w.write('a.yaml')
    w.write('a.yaml', service('a'))
    expect(generation()).to.equal(1)
  })

  it('of another kind brings lists', () => {
    const w = start()
    w.write(
      'a.json',
      JSON.stringify(
        {
          apiVersion: 'v1',
          kind: 'List',
          items: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports: [{ port: 5 }] } }],
        },
        null,
        1,
      ),
    )
    expect(w.port('a')).to.equal(5)
    w.write(
      'b.yaml',
      'apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: b}\n  spec: {ports: [{port: 6}]}\n- metadata: {name: c}\n  spec: {ports: [{port: 0}]}\n',
    )
    expect(w.port('b')).to.equal(6)
    expect(w.place('b')).to.equal('conf/b.yaml:4:3')
    expect(w.lines()).to.deep.equal([`conf/b.yaml:7:19: ${BAD_PORT}`])
  })
})

describe('a file with faults', () => {
  it('says what and where, and serves the rest', () => {
    const w = start()
    w.write('a.yaml', join(service('a'), service('b', 0), service('c')))
    expect(w.lines()).to.deep.equal([`conf/a.yaml:15:5: ${BAD_PORT}`])
    expect([w.port('a'), w.port('b'), w.port('c')]).to.deep.equal([80, undefined, 80])
  })

  it('leaves an object in its last good form until it is mended', () => {
    const w = start()
    w.write('a.yaml', service('a'))
    const good = w.object('a')
    w.write('a.yaml', service('a', 0))
    expect(w.object('a')).to.equal(good)
    w.write('a.yaml', service('a', '"text"'))
    expect(w.object('a')).to.equal(good)
    w.write('a.yaml', service('a', 82))
    expect([w.port('a'), w.object('a')?.metadata.generation]).to.deep.equal([82, 2])
    expect(w.lines()).to.deep.equal([])
  })

  it('leaves all objects of a document that cannot be read', () => {
    const w = start()
    w.write('a.yaml', join(service('a'), service('b'), service('c')))
    w.write('a.yaml', join(service('a', 81), 'apiVersion: [\n', service('c', 83)))
    expect([w.port('a'), w.port('b'), w.port('c')]).to.deep.equal([81, 80, 83])
    expect(w.lines()).to.have.length(1)
    w.write('a.yaml', join(service('a', 81), 'still: [\n', service('c', 84)))
    expect([w.port('a'), w.port('b'), w.port('c')]).to.deep.equal([81, 80, 84])
    w.write('a.yaml', join(service('a', 81), service('c', 84)))
    expect([w.port('a'), w.port('b'), w.port('c')]).to.deep.equal([81, undefined, 84])
  })

  it('takes back an object that a document names again', () => {
    const w = start()
    w.write('a.yaml', service('a'))
    w.write('a.yaml', 'apiVersion: v1\nkind: Service\n')
    expect(w.port('a')).to.equal(80)
    w.write('a.yaml', service('a', 85))
    expect(w.port('a')).to.equal(85)
  })

  it('leaves all objects while it cannot be read at all', () => {
    const w = start()
    w.write('a.yaml', join(service('a'), service('b')))
    w.ruin('a.yaml')
    w.ruin('a.yaml')
    expect([w.port('a'), w.port('b')]).to.deep.equal([80, 80])
    expect(w.lines()).to.deep.equal(['conf/a.yaml:2:3: unusable'])
    w.write('a.yaml', service('b', 86))
    expect([w.port('a'), w.port('b')]).to.deep.equal([undefined, 86])
    expect(w.lines()).to.deep.equal([])
  })

  it('takes everything with it when it goes', () => {
    const w = start()
    w.write('a.yaml', service('a'))
    w.ruin('a.yaml')
    w.write('a.yaml')
    expect(w.object('a')).to.equal(undefined)
    expect(w.lines()).to.deep.equal([])
  })

  it('says no more than a person reads', () => {
    const w = start()
    w.write('a.yaml', join(...Array.from({ length: 50 }, (_, i) => service(`a${i}`, 0))))
    expect(w.lines()).to.have.length(21)
    expect(w.lines().at(-1)).to.match(/and 30 more in this file$/)
    w.write(
      'b.yaml',
      `apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec:\n  ports: [${Array(40).fill('{port: 0}')}]\n`,
    )
    expect(w.lines().filter(line => line.includes('b.yaml'))).to.have.length(11)
  })
})

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
    expect(w.lines()).to.deep.equal([`conf/a.yaml:7:5: ${BAD_PORT}`, `conf/b.yaml:1:1: ${twice}`])
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
