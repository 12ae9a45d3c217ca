// Bundles the command: dist/sluice.mjs picks the Node, dist/main.mjs is the program. Dependencies stay outside: npm
// installs them wherever the package goes.
import { chmod } from 'node:fs/promises'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const out = (name: string) => resolve(root, 'dist', name)

const common = {
  platform: 'node',
  format: 'esm',
  packages: 'external',
  legalComments: 'none',
  logLevel: 'warning',
} as const

await build({
  ...common,
  entryPoints: [resolve(root, 'controller/main.ts')],
  outfile: out('main.mjs'),
  bundle: true,
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
