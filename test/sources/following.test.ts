// A real directory, followed: changes arrive, however they are made.
import {
  appendFileSync,
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
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { directorySource, type Ignored } from '../../controller/sources/directory.ts'
import type { Change, Source } from '../../controller/sources/source.ts'
import { createStore, type Store } from '../../controller/store/store.ts'
import { createFolder, type Folder, options, service } from './folder.ts'

describe('following a directory', () => {
  let folder: Folder
  beforeEach(() => {
    folder = createFolder()
  })
  afterEach(async () => {
    await source.stop()
    folder.remove()
  })
  let source: Source
  let store: Store
  let batches: Change[][]
  let ignored: Ignored[]
  let wake = (): void => {}

  const follow = async (): Promise<void> => {
    store = createStore()
    batches = []
    ignored = []
    source = directorySource({ ...options, directory: folder.directory, onIgnored: counts => ignored.push(counts) })
    await source.start({
      changes: batch => {
        batches.push([...batch])
        store.changes(batch)
        wake()
      },
      synced: () => store.synced(),
    })
  }

  /** Until the Services are these, in order of names. */
  const until = async (...services: string[]): Promise<void> => {
    const wanted = services.join()
    for (const end = Date.now() + 8000; folder.lookAt(store).services.join() !== wanted; ) {
      if (Date.now() > end) expect(folder.lookAt(store).services).to.deep.equal(services)
      await Promise.race([new Promise<void>(resolve => (wake = resolve)), delay(50)])
    }
  }

  it('has read everything when it says so', async () => {
    folder.write('a.yaml', service('a'))
    await follow()
    expect(store.isSynced).to.equal(true)
    expect(folder.lookAt(store).services).to.deep.equal(['a 80'])
  })

  it('notices files that are moved into place, replaced and removed', async () => {
    await follow()
    folder.replace('a.yaml', service('a'))
    await until('a 80')
    folder.replace('a.yaml', service('a', 81))
    await until('a 81')
    folder.replace('b.yaml', service('b'))
    await until('a 81', 'b 80')
    renameSync(folder.path('a.yaml'), folder.path('c.yaml'))
    await until('a 81', 'b 80')
    unlinkSync(folder.path('b.yaml'))
    await until('a 81')
    unlinkSync(folder.path('c.yaml'))
    await until()
  })

  it('reads nothing but what changed', async () => {
    for (let i = 0; i < 20; i++) folder.write(`${i}.yaml`, service(`s${i}`))
    await follow()
    const before = store.snapshot().list('Service')
    batches.length = 0
    folder.replace('7.yaml', service('s7', 99))
    while (batches.length === 0) await delay(1)
    expect(batches).to.have.length(1)
    expect(batches[0]?.map(c => (c.type === 'apply' ? c.object.metadata.name : c.type))).to.deep.equal(['s7'])
    const after = store.snapshot().list('Service')
    expect(after.filter((object, i) => object !== before[i])).to.have.length(1)
  })

  it('notices files that are written in place, as a whole', async () => {
    folder.write('a.yaml', service('a'))
    await follow()
    writeFileSync(folder.path('a.yaml'), service('a', 81))
    await until('a 81')
    appendFileSync(folder.path('a.yaml'), `---\n${service('b')}`)
    await until('a 81', 'b 80')
  })

  it('does not take away what is only being written anew', async () => {
    folder.write('a.yaml', service('a'))
    await follow()
    for (let port = 1; port <= 5; port++) {
      // What editors do: empty it, write later; or move it away, write it anew.
      if (port % 2) truncateSync(folder.path('a.yaml'))
      else renameSync(folder.path('a.yaml'), folder.path('a.yaml~'))
      await delay(15)
      writeFileSync(folder.path('a.yaml'), service('a', port))
      await until(`a ${port}`)
    }
    expect(batches.flat().filter(c => c.type === 'delete')).to.deep.equal([])
  })

  it('believes in the end that a file is empty', async () => {
    folder.write('a.yaml', service('a'))
    await follow()
    truncateSync(folder.path('a.yaml'))
    await until()
  })

  it('notices directories that come and go, with all that is in them', async () => {
    await follow()
    const elsewhere = mkdtempSync(join(tmpdir(), 'sluice-elsewhere-'))
    mkdirSync(join(elsewhere, 'tree/deep'), { recursive: true })
    writeFileSync(join(elsewhere, 'tree/deep/a.yaml'), service('a'))
    cpSync(join(elsewhere, 'tree'), folder.path('copy'), { recursive: true })
    await until('a 80')
    folder.replace('copy/deep/a.yaml', service('a', 81))
    await until('a 81')
    folder.replace('copy/deep/new/b.yaml', service('b'))
    await until('a 81', 'b 80')
    renameSync(folder.path('copy'), folder.path('moved'))
    await until('a 81', 'b 80')
    folder.replace('moved/deep/a.yaml', service('a', 82))
    await until('a 82', 'b 80')
    rmSync(folder.path('moved'), { recursive: true })
    await until()
    rmSync(elsewhere, { recursive: true })
  })

  it('notices what changes behind links', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'sluice-outside-'))
    writeFileSync(join(outside, 'a.yaml'), service('a'))
    writeFileSync(join(outside, 'b.yaml'), service('b'))
    symlinkSync(join(outside, 'a.yaml'), folder.path('a.yaml'))
    await follow()
    await until('a 80')
    writeFileSync(join(outside, 'a.yaml'), service('a', 81))
    await until('a 81')
    unlinkSync(folder.path('a.yaml'))
    symlinkSync(join(outside, 'b.yaml'), folder.path('a.yaml'))
    await until('b 80')
    // A link that leads nowhere is a fault, not a wish.
    rmSync(outside, { recursive: true })
    while (folder.lookAt(store).lines.length === 0) await delay(1)
    expect(folder.lookAt(store).services).to.deep.equal(['b 80'])
    unlinkSync(folder.path('a.yaml'))
    await until()
  })

  it('notices the swap of a mounted ConfigMap', async () => {
    folder.write('..1/a.yaml', service('a'))
    symlinkSync('..1', folder.path('..data'))
    symlinkSync('..data/a.yaml', folder.path('a.yaml'))
    await follow()
    await until('a 80')
    folder.write('..2/a.yaml', service('a', 81))
    symlinkSync('..2', folder.path('..data_tmp'))
    renameSync(folder.path('..data_tmp'), folder.path('..data'))
    rmSync(folder.path('..1'), { recursive: true })
    await until('a 81')
  })

  it('takes a second name of a file for the same file', async () => {
    folder.write('a.yaml', service('a'))
    await follow()
    linkSync(folder.path('a.yaml'), folder.path('b.yaml'))
    folder.replace('c.yaml', service('c'))
    await until('a 80', 'c 80')
    expect(folder.lookAt(store).lines).to.deep.equal([])
  })

  it('keeps up with a storm', async function () {
    this.timeout(30_000)
    await follow()
    for (let i = 0; i < 6000; i++)
      writeFileSync(folder.path(`${i % 300}.yaml`), service(`s${i % 300}`, 1 + (i % 60_000)))
    for (let i = 0; i < 300; i++) if (i !== 7) unlinkSync(folder.path(`${i}.yaml`))
    await until('s7 5708')
  })

  it('keeps what was good while a file is broken, and says what is wrong with it', async () => {
    folder.write('a.yaml', service('a'))
    await follow()
    folder.replace('a.yaml', 'kind: [\n')
    folder.replace('b.yaml', service('b'))
    await until('a 80', 'b 80')
    expect(folder.lookAt(store).lines).to.have.length(1)
    folder.replace('a.yaml', service('a', 82))
    await until('a 82', 'b 80')
    expect(folder.lookAt(store).lines).to.deep.equal([])
  })

  it('tells what it ignores, when that changes', async () => {
    folder.write('a.yaml', 'apiVersion: apps/v1\nkind: Deployment\n')
    await follow()
    folder.replace('b.yaml', service('b'))
    await until('b 80')
    folder.replace('a.yaml', service('a'))
    await until('a 80', 'b 80')
    expect(ignored.map(i => [...i.builtIn])).to.deep.equal([[['Deployment', 1]], []])
  })

  it('says nothing after it was stopped', async () => {
    await follow()
    await source.stop()
    batches.length = 0
    folder.replace('a.yaml', service('a'))
    await delay(100)
    expect(batches).to.deep.equal([])
  })
})
