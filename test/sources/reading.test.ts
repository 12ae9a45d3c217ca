// A real directory, read once: whatever is in it, every file has its objects or one line.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readDirectory } from '../../controller/sources/directory.ts'
import { createFolder, type Folder, options, type Seen, service } from './folder.ts'

describe('reading a directory', () => {
  let folder: Folder
  beforeEach(() => {
    folder = createFolder()
  })
  afterEach(() => folder.remove())
  const readAll = async (): Promise<Seen> =>
    folder.look((await readDirectory({ ...options, directory: folder.directory })).changes)

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
      folder.write(
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
    folder.remove()
    const { lines } = await readAll()
    expect(lines).to.have.length(1)
    expect(lines[0]).to.match(/ENOENT/)
  })

  it('follows links, each target once, and cycles end', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'sluice-outside-'))
    try {
      writeFileSync(join(outside, 'o.yaml'), service('o'))
      folder.write('a.yaml', service('a'))
      mkdirSync(folder.path('sub/deep'), { recursive: true })
      symlinkSync('a.yaml', folder.path('z.yaml'))
      symlinkSync('..', folder.path('sub/up'))
      symlinkSync('.', folder.path('sub/self'))
      symlinkSync('../..', folder.path('sub/deep/root'))
      symlinkSync(outside, folder.path('out'))
      symlinkSync(join(outside, 'o.yaml'), folder.path('out2.yaml'))
      expect(await readAll()).to.deep.equal({ services: ['a 80', 'o 80'], lines: [] })
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  it('says which links lead nowhere, one line each', async () => {
    folder.write('a.yaml', service('a'))
    symlinkSync('nowhere', folder.path('b.yaml'))
    symlinkSync('c.yaml', folder.path('c.yaml'))
    symlinkSync('nothing', folder.path('ignored'))
    const { services, lines } = await readAll()
    expect(services).to.deep.equal(['a 80'])
    expect(lines.map(line => line.replace(/: .*?(E\w+).*/, ' $1'))).to.deep.equal(['b.yaml:1 ENOENT', 'c.yaml:1 ELOOP'])
  })

  it('reads what mounted ConfigMaps look like', async () => {
    folder.write('..2026_01/a.yaml', service('a'))
    symlinkSync('..2026_01', folder.path('..data'))
    symlinkSync('..data/a.yaml', folder.path('a.yaml'))
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
    writeFileSync(folder.path('a-bytes.yaml'), noise(0, 256))
    writeFileSync(folder.path('b-ascii.yaml'), noise(33, 127))
    writeFileSync(folder.path('c-control.yaml'), noise(1, 127))
    folder.write(
      'd-bomb.yaml',
      Array.from(
        { length: 12 },
        (_, i) =>
          `a${i}: &a${i} [${Array(9)
            .fill(i ? `*a${i - 1}` : 'x')
            .join()}]`,
      ).join('\n'),
    )
    folder.write('e-deep.yaml', '{'.repeat(200_000))
    folder.write('f-good.yaml', service('good'))
    writeFileSync(folder.path('g-large.yaml'), '')
    truncateSync(folder.path('g-large.yaml'), 5_000_000_000)
    mkdirSync(folder.path('h-directory.yaml'))
    execFileSync('mkfifo', [folder.path('i-pipe.yaml')])
    const { services, lines } = await readAll()
    expect(services).to.deep.equal(['good 80'])
    expect(lines.map(line => line.slice(0, line.indexOf(':')))).to.deep.equal([
      ...['a-bytes.yaml', 'b-ascii.yaml', 'c-control.yaml', 'd-bomb.yaml', 'e-deep.yaml', 'g-large.yaml'],
    ])
    for (const line of lines) expect(line.length).to.be.lessThan(300)
  })

  it('says what it may not read', async function () {
    if (process.getuid?.() === 0) this.skip()
    folder.write('a.yaml', service('a'))
    chmodSync(folder.path('a.yaml'), 0)
    expect((await readAll()).lines[0]).to.match(/EACCES/)
  })

  it('reads twenty thousand files, two of them bad', async function () {
    this.timeout(60_000)
    for (let i = 0; i < 20_000; i++)
      writeFileSync(folder.path(`${i}.yaml`), i % 9999 === 5 ? 'a: [\n' : service(`s${i}`))
    const { services, lines } = await readAll()
    expect([services.length, lines.length]).to.deep.equal([19_998, 2])
  })

  it('counts what is not ours', async () => {
    folder.write('a.yaml', 'apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: a.b/v1\nkind: C\n')
    const { ignored } = await readDirectory({ ...options, directory: folder.directory })
    expect([...ignored.builtIn, ...ignored.foreign]).to.deep.equal([
      ['Deployment', 1],
      ['a.b/v1/C', 1],
    ])
  })
})
