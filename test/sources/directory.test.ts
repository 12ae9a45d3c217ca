// A real directory, read and followed: changes arrive, however they are made, and no tree can hurt.
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { directorySource, type Ignored, readDirectory } from '../../controller/sources/directory.ts'
import type { Change, Source } from '../../controller/sources/source.ts'
import { createStore, type Store } from '../../controller/store/store.ts'

const service = (name: string, port = 80): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  ports:\n  - port: ${port}\n`
const options = { channel: 'standard', defaultNamespace: 'default' } as const

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-directory-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const path = (name: string): string => join(directory, name)
const write = (name: string, text: string): void => {
  mkdirSync(dirname(path(name)), { recursive: true })
  writeFileSync(path(name), text)
}
/** As careful writers do: nobody ever sees half of it. */
const replace = (name: string, text: string): void => {
  mkdirSync(dirname(path(name)), { recursive: true })
  writeFileSync(path('.next'), text)
  renameSync(path('.next'), path(name))
}

/** `name port`, of all Services; and refusals without the folder. */
const look = (changes: readonly Change[]): { services: string[]; lines: string[] } => {
  const store = createStore()
  store.changes(changes)
  return lookAt(store)
}
const lookAt = (store: Store): { services: string[]; lines: string[] } => ({
  services: store
    .snapshot()
    .list('Service')
    .map(s => `${s.metadata.name} ${s.spec?.ports?.[0]?.port}`),
  lines: store
    .snapshot()
    .refusals.map(({ at, message }) => `${at.file.replace(`${directory}/`, '')}:${at.line}: ${message}`),
})
const readAll = async (): Promise<{ services: string[]; lines: string[] }> =>
  look((await readDirectory({ ...options, directory })).changes)

describe('reading a directory', () => {
  it('finds manifests at any depth, by their names', async () => {
    for (const name of [
      'a.yaml',
      'b.yml',
      'c/d/e.json',
      'c.txt',
      'yaml',
      'd.yaml.bak',
      '.hidden.yaml',
      '.git/g.yaml',
    ]) {
      const id = name.replace(/\W/g, '')
      write(
        name,
        name.endsWith('.json')
          ? JSON.stringify({
              apiVersion: 'v1',
              kind: 'Service',
              metadata: { name: id },
              spec: { ports: [{ port: 1 }] },
            })
          : service(id),
      )
    }
    expect(await readAll()).to.deep.equal({ services: ['ayaml 80', 'byml 80', 'cdejson 1'], lines: [] })
  })

  it('says that there is none', async () => {
    rmSync(directory, { recursive: true })
    const { lines } = await readAll()
    expect(lines).to.have.length(1)
    expect(lines[0]).to.match(/ENOENT/)
  })

  it('follows links, each target once, and cycles end', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'sluice-outside-'))
    try {
      writeFileSync(join(outside, 'o.yaml'), service('o'))
      write('a.yaml', service('a'))
      mkdirSync(path('sub/deep'), { recursive: true })
      symlinkSync('a.yaml', path('z.yaml'))
      symlinkSync('..', path('sub/up'))
      symlinkSync('.', path('sub/self'))
      symlinkSync('../..', path('sub/deep/root'))
      symlinkSync(outside, path('out'))
      symlinkSync(join(outside, 'o.yaml'), path('out2.yaml'))
      expect(await readAll()).to.deep.equal({ services: ['a 80', 'o 80'], lines: [] })
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  it('says which links lead nowhere, one line each', async () => {
    write('a.yaml', service('a'))
    symlinkSync('nowhere', path('b.yaml'))
    symlinkSync('c.yaml', path('c.yaml'))
    symlinkSync('nothing', path('ignored'))
    const { services, lines } = await readAll()
    expect(services).to.deep.equal(['a 80'])
    expect(lines.map(line => line.replace(/: .*?(E\w+).*/, ' $1'))).to.deep.equal(['b.yaml:1 ENOENT', 'c.yaml:1 ELOOP'])
  })

  it('reads what mounted ConfigMaps look like', async () => {
    write('..2026_01/a.yaml', service('a'))
    symlinkSync('..2026_01', path('..data'))
    symlinkSync('..data/a.yaml', path('a.yaml'))
    expect(await readAll()).to.deep.equal({ services: ['a 80'], lines: [] })
  })

  it('has one line for what is no text, no YAML, or too much of it', async () => {
    const noise = (from: number, to: number): Buffer => {
      const bytes = Buffer.alloc(1 << 20)
      let state = 1
      for (let i = 0; i < bytes.length; i++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0
        bytes[i] = from + ((state >>> 16) % (to - from))
      }
      return bytes
    }
    writeFileSync(path('a-bytes.yaml'), noise(0, 256))
    writeFileSync(path('b-ascii.yaml'), noise(33, 127))
    writeFileSync(path('c-control.yaml'), noise(1, 127))
    write(
      'd-bomb.yaml',
      Array.from(
        { length: 12 },
        (_, i) =>
          `a${i}: &a${i} [${Array(9)
            .fill(i ? `*a${i - 1}` : 'x')
            .join()}]`,
      ).join('\n'),
    )
    write('e-deep.yaml', '{'.repeat(200_000))
    write('f-good.yaml', service('good'))
    writeFileSync(path('g-large.yaml'), '')
    truncateSync(path('g-large.yaml'), 5_000_000_000)
    mkdirSync(path('h-directory.yaml'))
    execFileSync('mkfifo', [path('i-pipe.yaml')])
    const { services, lines } = await readAll()
    expect(services).to.deep.equal(['good 80'])
    expect(lines.map(line => line.slice(0, line.indexOf(':')))).to.deep.equal([
      ...['a-bytes.yaml', 'b-ascii.yaml', 'c-control.yaml', 'd-bomb.yaml', 'e-deep.yaml', 'g-large.yaml'],
    ])
    for (const line of lines) expect(line.length).to.be.lessThan(300)
  })

  it('says what it may not read', async function () {
    if (process.getuid?.() === 0) this.skip()
    write('a.yaml', service('a'))
    chmodSync(path('a.yaml'), 0)
    expect((await readAll()).lines[0]).to.match(/EACCES/)
  })

  it('reads twenty thousand files, two of them bad', async function () {
    this.timeout(60_000)
    for (let i = 0; i < 20_000; i++) writeFileSync(path(`${i}.yaml`), i % 9999 === 5 ? 'a: [\n' : service(`s${i}`))
    const { services, lines } = await readAll()
    expect([services.length, lines.length]).to.deep.equal([19_998, 2])
  })

  it('counts what is not ours', async () => {
    write('a.yaml', 'apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: a.b/v1\nkind: C\n')
    const { ignored } = await readDirectory({ ...options, directory })
    expect([...ignored.builtIn, ...ignored.foreign]).to.deep.equal([
      ['Deployment', 1],
      ['a.b/v1/C', 1],
    ])
  })
})

describe('following a directory', () => {
  let source: Source
  let store: Store
  let batches: Change[][]
  let ignored: Ignored[]
  let wake = (): void => {}

  const follow = async (): Promise<void> => {
    store = createStore()
    batches = []
    ignored = []
    source = directorySource({ ...options, directory, onIgnored: counts => ignored.push(counts) })
    await source.start({
      changes: batch => {
        batches.push([...batch])
        store.changes(batch)
        wake()
      },
      synced: () => store.synced(),
    })
  }
  afterEach(() => source.stop())

  /** Until the Services are these, in order of names. */
  const until = async (...services: string[]): Promise<void> => {
    const wanted = services.join()
    for (const end = Date.now() + 8000; lookAt(store).services.join() !== wanted; ) {
      if (Date.now() > end) expect(lookAt(store).services).to.deep.equal(services)
      await Promise.race([new Promise<void>(resolve => (wake = resolve)), delay(50)])
    }
  }

  it('has read everything when it says so', async () => {
    write('a.yaml', service('a'))
    await follow()
    expect(store.isSynced).to.equal(true)
    expect(lookAt(store).services).to.deep.equal(['a 80'])
  })

  it('notices files that are moved into place, replaced and removed', async () => {
    await follow()
    replace('a.yaml', service('a'))
    await until('a 80')
    replace('a.yaml', service('a', 81))
    await until('a 81')
    replace('b.yaml', service('b'))
    await until('a 81', 'b 80')
    renameSync(path('a.yaml'), path('c.yaml'))
    await until('a 81', 'b 80')
    unlinkSync(path('b.yaml'))
    await until('a 81')
    unlinkSync(path('c.yaml'))
    await until()
  })

  it('reads nothing but what changed', async () => {
    for (let i = 0; i < 20; i++) write(`${i}.yaml`, service(`s${i}`))
    await follow()
    const before = store.snapshot().list('Service')
    batches.length = 0
    replace('7.yaml', service('s7', 99))
    while (batches.length === 0) await delay(1)
    expect(batches).to.have.length(1)
    expect(batches[0]?.map(c => (c.type === 'apply' ? c.object.metadata.name : c.type))).to.deep.equal(['s7'])
    const after = store.snapshot().list('Service')
    expect(after.filter((object, i) => object !== before[i])).to.have.length(1)
  })

  it('notices files that are written in place, as a whole', async () => {
    write('a.yaml', service('a'))
    await follow()
    writeFileSync(path('a.yaml'), service('a', 81))
    await until('a 81')
    appendFileSync(path('a.yaml'), `---\n${service('b')}`)
    await until('a 81', 'b 80')
  })

  it('does not take away what is only being written anew', async () => {
    write('a.yaml', service('a'))
    await follow()
    for (let port = 1; port <= 5; port++) {
      // What editors do: empty it, write later; or move it away, write it anew.
      if (port % 2) truncateSync(path('a.yaml'))
      else renameSync(path('a.yaml'), path('a.yaml~'))
      await delay(15)
      writeFileSync(path('a.yaml'), service('a', port))
      await until(`a ${port}`)
    }
    expect(batches.flat().filter(c => c.type === 'delete')).to.deep.equal([])
  })

  it('believes in the end that a file is empty', async () => {
    write('a.yaml', service('a'))
    await follow()
    truncateSync(path('a.yaml'))
    await until()
  })

  it('notices directories that come and go, with all that is in them', async () => {
    await follow()
    const elsewhere = mkdtempSync(join(tmpdir(), 'sluice-elsewhere-'))
    mkdirSync(join(elsewhere, 'tree/deep'), { recursive: true })
    writeFileSync(join(elsewhere, 'tree/deep/a.yaml'), service('a'))
    cpSync(join(elsewhere, 'tree'), path('copy'), { recursive: true })
    await until('a 80')
    replace('copy/deep/a.yaml', service('a', 81))
    await until('a 81')
    replace('copy/deep/new/b.yaml', service('b'))
    await until('a 81', 'b 80')
    renameSync(path('copy'), path('moved'))
    await until('a 81', 'b 80')
    replace('moved/deep/a.yaml', service('a', 82))
    await until('a 82', 'b 80')
    rmSync(path('moved'), { recursive: true })
    await until()
    rmSync(elsewhere, { recursive: true })
  })

  it('notices what changes behind links', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'sluice-outside-'))
    writeFileSync(join(outside, 'a.yaml'), service('a'))
    writeFileSync(join(outside, 'b.yaml'), service('b'))
    symlinkSync(join(outside, 'a.yaml'), path('a.yaml'))
    await follow()
    await until('a 80')
    writeFileSync(join(outside, 'a.yaml'), service('a', 81))
    await until('a 81')
    unlinkSync(path('a.yaml'))
    symlinkSync(join(outside, 'b.yaml'), path('a.yaml'))
    await until('b 80')
    // A link that leads nowhere is a fault, not a wish.
    rmSync(outside, { recursive: true })
    while (lookAt(store).lines.length === 0) await delay(1)
    expect(lookAt(store).services).to.deep.equal(['b 80'])
    unlinkSync(path('a.yaml'))
    await until()
  })

  it('notices the swap of a mounted ConfigMap', async () => {
    write('..1/a.yaml', service('a'))
    symlinkSync('..1', path('..data'))
    symlinkSync('..data/a.yaml', path('a.yaml'))
    await follow()
    await until('a 80')
    write('..2/a.yaml', service('a', 81))
    symlinkSync('..2', path('..data_tmp'))
    renameSync(path('..data_tmp'), path('..data'))
    rmSync(path('..1'), { recursive: true })
    await until('a 81')
  })

  it('takes a second name of a file for the same file', async () => {
    write('a.yaml', service('a'))
    await follow()
    linkSync(path('a.yaml'), path('b.yaml'))
    replace('c.yaml', service('c'))
    await until('a 80', 'c 80')
    expect(lookAt(store).lines).to.deep.equal([])
  })

  it('keeps up with a storm', async function () {
    this.timeout(30_000)
    await follow()
    for (let i = 0; i < 6000; i++) writeFileSync(path(`${i % 300}.yaml`), service(`s${i % 300}`, 1 + (i % 60_000)))
    for (let i = 0; i < 300; i++) if (i !== 7) unlinkSync(path(`${i}.yaml`))
    await until('s7 5708')
  })

  it('keeps what was good while a file is broken, and says what is wrong with it', async () => {
    write('a.yaml', service('a'))
    await follow()
    replace('a.yaml', 'kind: [\n')
    replace('b.yaml', service('b'))
    await until('a 80', 'b 80')
    expect(lookAt(store).lines).to.have.length(1)
    replace('a.yaml', service('a', 82))
    await until('a 82', 'b 80')
    expect(lookAt(store).lines).to.deep.equal([])
  })

  it('tells what it ignores, when that changes', async () => {
    write('a.yaml', 'apiVersion: apps/v1\nkind: Deployment\n')
    await follow()
    replace('b.yaml', service('b'))
    await until('b 80')
    replace('a.yaml', service('a'))
    await until('a 80', 'b 80')
    expect(ignored.map(i => [...i.builtIn])).to.deep.equal([[['Deployment', 1]], []])
  })

  it('says nothing after it was stopped', async () => {
    await follow()
    await source.stop()
    batches.length = 0
    replace('a.yaml', service('a'))
    await delay(100)
    expect(batches).to.deep.equal([])
  })
})
