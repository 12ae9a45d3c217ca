// The release artefacts, from the sources to `dist/`: the modules and those of the suite's plugins; the same with names and checks
// in `dist/debug/`, with source maps, which belong to these debug modules and not to the small ones; `dist/SHA256SUMS` of all of
// them; and an OCI image layout with one image for each module in `dist/oci/`. docs/release.md says how to check and push them.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mts'
import { root } from './compile.ts'
import { imageOf, indexOf, LAYOUT, sha256 } from './oci.ts'
import { moduleOf, PLUGINS } from './suite/plugins.ts'

/** Writes everything below `folder` and gives the paths, sorted. */
export async function release(folder: string): Promise<string[]> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const modules = await build('release', folder)
  await build('debug', join(folder, 'debug'))
  const names = modules.map(({ file }) => basename(file))
  const plugins = PLUGINS.map(plugin => moduleOf('suite.wasm', plugin))
  const debug = [...names.flatMap(name => [name, `${name}.map`]), ...plugins].map(name => `debug/${name}`)
  const summed = [...names, ...plugins, ...debug].sort()
  await writeFile(join(folder, 'SHA256SUMS'), await sumsOf(folder, summed))
  const oci = join(folder, 'oci')
  await rm(oci, { recursive: true, force: true })
  await mkdir(join(oci, 'blobs/sha256'), { recursive: true })
  const images = await Promise.all(
    modules.map(async ({ module, file }) => imageOf(module, version, await readFile(file))),
  )
  for (const [hex, bytes] of images.flatMap(({ blobs }) => [...blobs]))
    await writeFile(join(oci, 'blobs/sha256', hex), bytes)
  await writeFile(join(oci, 'index.json'), indexOf(images))
  await writeFile(join(oci, 'oci-layout'), LAYOUT)
  const written = await readdir(oci, { recursive: true, withFileTypes: true })
  return [
    ...summed,
    'SHA256SUMS',
    ...written
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1)),
  ].sort()
}

/** In the format of `sha256sum`. */
async function sumsOf(folder: string, files: readonly string[]): Promise<string> {
  const lines = files.map(async file => `${sha256(await readFile(join(folder, file)))}  ${file}\n`)
  return (await Promise.all(lines)).join('')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const file of await release(join(root, 'dist'))) console.log(`dist/${file}`)
