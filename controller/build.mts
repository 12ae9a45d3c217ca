// Bundles the command: dist/sluice.mjs picks the Node, dist/main.mjs is the program. Dependencies are bundled, too: a tenth
// of the files to open makes half the time to start. So is the Kubernetes client: as hundreds of modules it takes 40 MB more.
import { chmod, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const out = (name: string) => resolve(root, 'dist', name)

const common = {
  platform: 'node',
  format: 'esm',
  legalComments: 'linked',
  logLevel: 'warning',
} as const

await rm(out('chunks'), { recursive: true, force: true })
await build({
  ...common,
  entryPoints: [resolve(root, 'controller/main.ts')],
  outdir: out('.'),
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  // A comment with a character beyond ASCII makes V8 keep the whole text at two bytes a character. Traces stay of use.
  minifyWhitespace: true,
  lineLimit: 160,
  // What a command does not need is not loaded.
  splitting: true,
  // For what CommonJS packages load while they run.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  target: 'node24',
  sourcemap: 'linked',
})
await build({
  ...common,
  entryPoints: [resolve(root, 'controller/launch.ts')],
  outfile: out('sluice.mjs'),
  target: 'node20',
  banner: { js: '#!/usr/bin/env node' },
})
await chmod(out('sluice.mjs'), 0o755)
