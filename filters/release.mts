// The release artefacts: the modules in `dist/`, their source maps in `dist/debug/`, `dist/SHA256SUMS`, and an OCI image layout
// with one image for each module in `dist/oci/`. Push them with any client, such as
// `oras copy --from-oci-layout dist/oci:headers:0.1.0 registry.example/sluice/headers:0.1.0`.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mts'
import { root } from './compile.ts'
import { imageOf, indexOf, LAYOUT, sha256 } from './oci.ts'

/** Writes everything below `folder` and gives the paths, sorted. */
export async function release(folder: string): Promise<string[]> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const modules = await build('release', folder)
  await build('debug', join(folder, 'debug'))
  const files = await Promise.all(
    modules.map(async ({ module, file }) => ({ module, name: basename(file), bytes: await readFile(file) })),
  )
  const sums = files.map(({ name, bytes }) => `${sha256(bytes)}  ${name}\n`)
  await writeFile(join(folder, 'SHA256SUMS'), sums.join(''))
  const oci = join(folder, 'oci')
  await rm(oci, { recursive: true, force: true })
  await mkdir(join(oci, 'blobs/sha256'), { recursive: true })
  const images = files.map(({ module, bytes }) => imageOf(module, version, bytes))
  for (const [hex, bytes] of images.flatMap(({ blobs }) => [...blobs]))
    await writeFile(join(oci, 'blobs/sha256', hex), bytes)
  await writeFile(join(oci, 'index.json'), indexOf(images))
  await writeFile(join(oci, 'oci-layout'), LAYOUT)
  const written = await readdir(oci, { recursive: true, withFileTypes: true })
  return [
    ...files.map(({ name }) => name),
    'SHA256SUMS',
    ...written
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1)),
  ].sort()
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const file of await release(join(root, 'dist'))) console.log(`dist/${file}`)
