// The commands as a shell sees them: stdout, stderr, exit status.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { expect } from 'chai'
import { parse, parseAllDocuments } from 'yaml'
import { findEnvoy } from '../../envoy/find.ts'
import { folder } from '../run/sluice.ts'
import { backend, gateway, route, to } from '../run/world.ts'

const program = resolve(import.meta.dirname, '../../dist/sluice.mjs')
const pair = (name: string) => resolve(import.meta.dirname, '../tls/data', name)

interface Result {
  status: number
  stdout: string
  stderr: string
}

const sluice = (...args: string[]) =>
  new Promise<Result>(done => {
    execFile(process.execPath, [program, ...args], { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      done({ status: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

const good = (address: string) =>
  [gateway(address), backend('shop', 9001), route('shop', '/', to('shop'))].join('---\n')

async function secret(): Promise<string> {
  const [crt, key] = await Promise.all(['p256.crt', 'p256.key'].map(name => readFile(pair(name))))
  return `
apiVersion: v1
kind: Secret
metadata: { name: pair }
type: kubernetes.io/tls
data: { tls.crt: ${crt?.toString('base64')}, tls.key: ${key?.toString('base64')} }
`
}

const https = (address: string) =>
  gateway(address).replace(
    'protocol: HTTP, port: 8080',
    'protocol: HTTPS, port: 8443, tls: { certificateRefs: [{ name: pair }] }',
  )

describe('sluice', () => {
  it('--help names the commands and the exit statuses', async () => {
    const { status, stdout } = await sluice('--help')
    expect(status).to.equal(0)
    for (const word of ['run', 'check', 'print', 'test', 'Exit status']) expect(stdout).to.include(word)
  })

  for (const args of [
    ['chekc'],
    ['check'],
    ['check', '/nowhere/at/all'],
    ['run', '.', '--port-offset', 'many'],
    ['print', '.'],
  ]) {
    it(`${args.join(' ')}: status 2, and a line that says why`, async () => {
      const { status, stderr } = await sluice(...args)
      expect(status).to.equal(2)
      expect(stderr.trim().split('\n')[0]).to.match(/^(error|sluice): /)
    })
  }

  it('run ends with 3, and says why, where another process serves on its socket', async () => {
    await using dir = await folder({ 'a.yaml': '' })
    const path = join(dirname(dir.path), 'xds.sock')
    await using server = createServer().listen(path)
    await once(server, 'listening')
    const { status, stderr } = await sluice('run', dir.path, '--no-envoy', '--xds', path)
    expect(stderr).to.include(`another process listens on ${path}`)
    expect(status).to.equal(3)
  })

  it('run refuses a status directory inside the folder', async () => {
    await using dir = await folder({ 'a.yaml': '' })
    const { status, stderr } = await sluice('run', dir.path, '--status-dir', join(dir.path, 'status'))
    expect(status).to.equal(2)
    expect(stderr).to.include('must not lie inside')
  })
})

describe('sluice check', () => {
  it('prints each object with its status, ordered, and ends with 0 when all is well', async () => {
    await using dir = await folder()
    await dir.write('world.yaml', good(dir.address))
    const { status, stdout } = await sluice('check', dir.path, '-o', 'yaml')
    const objects = parseAllDocuments(stdout).map(document => document.toJS())
    expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).to.deep.equal([
      'Backend/shop',
      'Gateway/web',
      'HTTPRoute/shop',
    ])
    const programmed = objects[1].status.conditions.find(({ type }: { type: string }) => type === 'Programmed')
    expect(programmed).to.include({ status: 'Unknown', reason: 'Pending' })
    expect(status).to.equal(0)
  })

  it('names file, line and column of what it refuses, in the words of the API server, and ends with 1', async () => {
    await using dir = await folder()
    await dir.write('world.yaml', good(dir.address))
    await dir.write('bad.yaml', route('bad', '/', to('shop')).replace('parentRefs', 'parentRef'))
    const { status, stderr } = await sluice('check', dir.path)
    expect(stderr).to.match(/bad\.yaml:6:3: .*unknown field "spec\.parentRef"/)
    expect(status).to.equal(1)
  })

  it('ends with 1 where a reference leads nowhere, and says which', async () => {
    await using dir = await folder()
    await dir.write('world.yaml', good(dir.address).replace('name: shop }', 'name: shopp }'))
    const { status, stdout } = await sluice('check', dir.path, '-o', 'json')
    expect(stdout).to.include('BackendNotFound')
    expect(status).to.equal(1)
  })
})

describe('sluice test', () => {
  const cases = (status: number) =>
    `plugin: { rootId: sluice.downstream }\ncases: [{ name: goes through, expect: { status: ${status} } }]`
  const wasm = resolve(import.meta.dirname, '../../dist/suite.wasm')

  for (const [expected, exit, line] of [
    [200, 0, 'ok 1 - goes through'],
    [404, 1, 'not ok 1 - goes through'],
  ] as const) {
    it(`ends with ${exit} where ${expected} is expected of a request that nothing stops`, async () => {
      await using dir = await folder({ 'cases.yaml': cases(expected) })
      const { status, stdout } = await sluice('test', join(dir.path, 'cases.yaml'), '--wasm', wasm)
      expect(stdout.split('\n')).to.include(line)
      expect(status).to.equal(exit)
    })
  }

  it('ends with 2 where the budget is no number', async () => {
    const { status, stderr } = await sluice('test', 'cases.yaml', '--budget', 'long')
    expect(stderr).to.match(/^error: .*budget/)
    expect(status).to.equal(2)
  })
})

describe('sluice print', () => {
  it('--xds writes a bootstrap that Envoy takes, the key in a file of its own that only its owner reads', async () => {
    await using dir = await folder()
    await using out = await folder()
    await dir.write('world.yaml', good(dir.address).replace(gateway(dir.address), https(dir.address)))
    await dir.write('secret.yaml', await secret())
    await writeFile(join(out.path, 'key-0.pem'), 'older', { mode: 0o644 })
    expect(await sluice('print', dir.path, '--xds', '-o', out.path)).to.deep.equal({
      status: 0,
      stdout: '',
      stderr: '',
    })
    expect((await stat(join(out.path, 'key-0.pem'))).mode & 0o777).to.equal(0o600)
    expect(await readFile(join(out.path, 'envoy.yaml'), 'utf8')).not.to.include('PRIVATE KEY')
    const { path: envoy } = await findEnvoy()
    const verdict = await new Promise<string>(done =>
      execFile(
        envoy,
        ['--mode', 'validate', '-c', join(out.path, 'envoy.yaml'), '-l', 'error'],
        (_error, stdout, stderr) => done(stdout + stderr),
      ),
    )
    expect(verdict).to.include('OK')
  })

  for (const what of ['--xds', '--ir']) {
    it(`${what} shows no private key on stdout`, async () => {
      await using dir = await folder()
      await dir.write('world.yaml', good(dir.address).replace(gateway(dir.address), https(dir.address)))
      await dir.write('secret.yaml', await secret())
      const { status, stdout } = await sluice('print', dir.path, what)
      expect(status).to.equal(0)
      expect(stdout).to.include('[redacted]').and.not.include('PRIVATE KEY')
      expect(parse(stdout)).to.be.an(what === '--ir' ? 'array' : 'object')
    })
  }
})
