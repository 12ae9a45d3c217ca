// The release artefacts: the same bytes from two builds, sums that hold, images that a client finds and a puller can unpack.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { sha256 } from '../../filters/oci.ts'
import { release } from '../../filters/release.mts'

interface Index {
  manifests: { digest: string; size: number; annotations: Record<string, string> }[]
}

interface Manifest {
  layers: { digest: string; size: number; mediaType: string }[]
  config: { digest: string }
}

describe('a release', function () {
  this.timeout(240_000)
  const folders: string[] = []

  before(async () => {
    for (let i = 0; i < 2; i++) folders.push(await mkdtemp(join(tmpdir(), 'sluice-release-')))
  })

  after(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

  it('is the same, byte for byte, from two builds', async () => {
    const [one, two] = [await release(folders[0]!), await release(folders[1]!)]
    expect(one).to.deep.equal(two)
    for (const file of one) {
      const [a, b] = await Promise.all(folders.map(folder => readFile(join(folder, file))))
      expect(a!.equals(b!), file).to.equal(true)
    }
  })

  it('has sums that hold', () => {
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folders[0] })
  })

  it('has sums of all modules and maps', async () => {
    const sums = await readFile(join(folders[0]!, 'SHA256SUMS'), 'utf8')
    const summed = sums.split('\n').flatMap(line => line.split('  ')[1] ?? [])
    const files = await readdir(folders[0]!, { recursive: true })
    expect(summed).to.deep.equal(files.filter(file => /\.wasm(\.map)?$/.test(file)).sort())
    expect(summed).to.include.members(['suite-downstream.wasm', 'suite-upstream.wasm', 'debug/headers.wasm.map'])
  })

  it('has source maps', async () => {
    const map = JSON.parse(await readFile(join(folders[0]!, 'debug/suite.wasm.map'), 'utf8')) as { sources: string[] }
    expect(map.sources.join()).to.contain('filters/suite/assembly/index.ts')
  })

  const indexOf = async (): Promise<Index> =>
    JSON.parse(await readFile(join(folders[0]!, 'oci/index.json'), 'utf8')) as Index
  const nameOf = ({ annotations }: Index['manifests'][number]): string | undefined =>
    annotations['org.opencontainers.image.ref.name']

  it('has the images that its page pushes, read as oras reads them: the name follows the last colon', async () => {
    const names = (await indexOf()).manifests.map(nameOf)
    const page = await readFile(new URL('../../docs/release.md', import.meta.url), 'utf8')
    const sources = [...page.matchAll(/--from-oci-layout (\S+)/g)].map(([, source = '']) => source)
    expect(sources).to.not.deep.equal([])
    for (const source of sources)
      for (const module of ['headers', 'mirror', 'rate-limit', 'rewrite']) {
        const reference = source.replace('$module', module)
        const colon = reference.lastIndexOf(':')
        expect(reference.slice(0, colon)).to.equal('dist/oci')
        // https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
        expect(reference.slice(colon + 1)).to.match(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/)
        expect(names).to.include(reference.slice(colon + 1))
      }
  })

  it('has an image for each module: every digest is that of its blob, the layer holds plugin.wasm', async () => {
    const blob = async (digest: string): Promise<Buffer> => {
      const bytes = await readFile(join(folders[0]!, 'oci/blobs/sha256', digest.replace('sha256:', '')))
      expect(`sha256:${sha256(bytes)}`).to.equal(digest)
      return bytes
    }
    const { manifests } = await indexOf()
    expect(manifests.map(nameOf)).to.deep.equal(
      ['headers', 'mirror', 'rate-limit', 'rewrite', 'suite'].map(name => `${name}-0.1.0`),
    )
    for (const manifest of manifests) {
      const { digest, size } = manifest
      const bytes = await blob(digest)
      expect(bytes.length).to.equal(size)
      const { layers, config } = JSON.parse(bytes.toString()) as Manifest
      const tar = gunzipSync(await blob(layers[0]!.digest))
      const { rootfs } = JSON.parse((await blob(config.digest)).toString()) as { rootfs: { diff_ids: string[] } }
      expect(rootfs.diff_ids).to.deep.equal([`sha256:${sha256(tar)}`])
      const module = execFileSync('tar', ['-xOf', '-', 'plugin.wasm'], { input: tar })
      const file = `${nameOf(manifest)?.replace(/-0\.1\.0$/, '')}.wasm`
      expect(module.equals(await readFile(join(folders[0]!, file)))).to.equal(true)
    }
  })
})
