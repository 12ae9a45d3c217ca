// What `npm pack` puts into the packages: in, the checkout's files with a `dist/` of stand-ins; out, what npm says it would pack, and
// what a package's user can name of it.
import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const root = fileURLToPath(new URL('../../', import.meta.url))
const MODULES = ['headers', 'mirror', 'rate-limit', 'rewrite']
const SUITE = ['suite', 'suite-downstream', 'suite-upstream']

describe('a package', function () {
  this.timeout(60_000)
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-package-'))
    for (const path of ['package.json', 'README.md', 'LICENSE', 'controller/crds', 'docs', 'envoy/examples', 'filters'])
      await cp(join(root, path), join(folder, path), { recursive: true })
    const wasm = [...MODULES, ...SUITE].flatMap(name => [`${name}.wasm`, `debug/${name}.wasm`])
    for (const path of [...wasm, 'sluice.mjs', 'SHA256SUMS', 'oci/index.json']) {
      await mkdir(join(folder, 'dist', dirname(path)), { recursive: true })
      await writeFile(join(folder, 'dist', path), '')
    }
  })

  after(() => rm(folder, { recursive: true, force: true }))

  const packed = (path: string): string[] => {
    const told = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], {
      cwd: join(folder, path),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [{ files }] = JSON.parse(told.toString()) as [{ files: { path: string }[] }]
    return files.map(file => file.path)
  }

  it('holds the modules with their sums, schemas, pages and examples', async () => {
    const gateways = ['istio', 'envoy-gateway'].flatMap(project => MODULES.map(name => `${project}/${name}.yaml`))
    const quickstart = await readdir(join(root, 'envoy/examples/quickstart'))
    const files = packed('.')
    expect(files).to.include.members([
      ...[...MODULES, ...SUITE].map(name => `dist/${name}.wasm`),
      'dist/SHA256SUMS',
      'dist/sluice.mjs',
      ...MODULES.flatMap(name => [`filters/${name}/config.schema.json`, `filters/${name}/README.md`]),
      ...MODULES.map(name => `envoy/examples/${name}/envoy.yaml`),
      ...[...gateways, ...quickstart.map(file => `quickstart/${file}`)].map(file => `envoy/examples/${file}`),
      'docs/release.md',
      'LICENSE',
    ])
    expect(files.filter(file => /^(test|filters\/sdk|dist\/(debug|oci))\/|\.(mts|ts)$/.test(file))).to.deep.equal([])
  })

  it('lets its user name modules and schemas', () => {
    for (const path of [
      ...[...MODULES, ...SUITE].map(name => `dist/${name}.wasm`),
      ...MODULES.map(name => `filters/${name}/config.schema.json`),
    ])
      expect(fileURLToPath(import.meta.resolve(`sluice/${path}`))).to.equal(join(root, path))
  })
})
