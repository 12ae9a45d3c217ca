// The release artefacts: the same bytes from two builds, sums that hold, images that a puller can unpack.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { sha256 } from '../../filters/oci.ts'
import { release } from '../../filters/release.mts'

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

  it('has source maps', async () => {
    const map = JSON.parse(await readFile(join(folders[0]!, 'debug/suite.wasm.map'), 'utf8')) as { sources: string[] }
    expect(map.sources.join()).to.contain('filters/suite/assembly/index.ts')
  })

  it('has an image for each module: every digest is that of its blob, the layer holds plugin.wasm', async () => {
    const blob = async (digest: string): Promise<Buffer> => {
      const bytes = await readFile(join(folders[0]!, 'oci/blobs/sha256', digest.replace('sha256:', '')))
      expect(`sha256:${sha256(bytes)}`).to.equal(digest)
      return bytes
    }
    const index = JSON.parse(await readFile(join(folders[0]!, 'oci/index.json'), 'utf8')) as {
      manifests: { digest: string; size: number; annotations: Record<string, string> }[]
    }
    const names = index.manifests.map(({ annotations }) => annotations['org.opencontainers.image.ref.name'])
    expect(names).to.deep.equal(['headers', 'mirror', 'rate-limit', 'rewrite', 'suite'].map(name => `${name}:0.1.0`))
    for (const { digest, size, annotations } of index.manifests) {
      const bytes = await blob(digest)
      expect(bytes.length).to.equal(size)
      const { layers, config } = JSON.parse(bytes.toString()) as Manifest
      const tar = gunzipSync(await blob(layers[0]!.digest))
      const { rootfs } = JSON.parse((await blob(config.digest)).toString()) as { rootfs: { diff_ids: string[] } }
      expect(rootfs.diff_ids).to.deep.equal([`sha256:${sha256(tar)}`])
      const module = execFileSync('tar', ['-xOf', '-', 'plugin.wasm'], { input: tar })
      const name = annotations['org.opencontainers.image.ref.name']?.split(':')[0]
      expect(module.equals(await readFile(join(folders[0]!, `${name}.wasm`)))).to.equal(true)
    }
  })
})
