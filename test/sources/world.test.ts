// What a file says, and what of it is in force, as it comes, changes, breaks and goes.
import { expect } from 'chai'
import { BAD_PORT, BAD_TARGET_PORT, join, service, start } from './files.ts'

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

  it('in which too much is more than plain YAML keeps what stands before that, and gets the rest back when it shrinks', () => {
    const w = start()
    const anchored = (name: string): string => `${service(name)}# ${'x'.repeat(900_000)}\nstatus: &a {}\n`
    const all = ['a', 'b', 'c', 'd'].map(anchored)
    w.write('a.yaml', join(...all, service('plain')))
    expect(['a', 'b', 'c', 'd', 'plain'].map(w.port)).to.deep.equal([80, 80, undefined, undefined, 80])
    expect(w.lines()).to.have.length(2)
    expect(w.lines()[0]).to.contain('too much of this file is more than plain YAML: limit is 2097152')
    w.write('a.yaml', join(...all.slice(0, 2)))
    expect(w.lines()).to.deep.equal([])
    w.write('a.yaml', join(...all.slice(2)))
    expect(['a', 'b', 'c', 'd'].map(w.port)).to.deep.equal([undefined, undefined, 80, 80])
    expect(w.lines()).to.deep.equal([])
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
    expect(w.lines()).to.deep.equal([`conf/b.yaml:7:18: ${BAD_TARGET_PORT}`, `conf/b.yaml:7:19: ${BAD_PORT}`])
  })
})

describe('a file with faults', () => {
  it('says what and where, and serves the rest', () => {
    const w = start()
    w.write('a.yaml', join(service('a'), service('b', 0), service('c')))
    expect(w.lines()).to.deep.equal([`conf/a.yaml:15:5: ${BAD_PORT}`, `conf/a.yaml:15:5: ${BAD_TARGET_PORT}`])
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
    expect(w.lines().at(-1)).to.match(/and 80 more in this file$/)
    w.write(
      'b.yaml',
      `apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec:\n  ports: [${Array(40).fill('{port: 0}')}]\n`,
    )
    expect(w.lines().filter(line => line.includes('b.yaml'))).to.have.length(11)
  })
})
