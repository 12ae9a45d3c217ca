// Bundles the command into dist/sluice.mjs. Dependencies stay outside: npm installs them wherever the package goes.
import { chmod } from 'node:fs/promises'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const outfile = resolve(root, 'dist/sluice.mjs')

await build({
  entryPoints: [resolve(root, 'controller/main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  packages: 'external',
  sourcemap: 'linked',
  legalComments: 'none',
  banner: { js: '#!/usr/bin/env node' },
  logLevel: 'warning',
})
await chmod(outfile, 0o755)
