// Bundles the test kit: dist/testkit.mjs for Node, dist/testkit-core.mjs for browsers, dist/coverage-transform.mjs for asc; their
// declarations go to dist/types. The test libraries stay outside: they are the caller's.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '../..')
const common = { bundle: true, format: 'esm', logLevel: 'warning', sourcemap: 'linked' } as const
const entry = (path: string): string => resolve(import.meta.dirname, path)
const out = (name: string): string => resolve(root, 'dist', name)

await build({
  ...common,
  entryPoints: [entry('index.ts')],
  outfile: out('testkit.mjs'),
  platform: 'node',
  external: ['chai', 'fast-check', 'mocha', 'yaml'],
})
// No platform but the browser: an import of Node's would fail the build.
await build({ ...common, entryPoints: [entry('core/index.ts')], outfile: out('testkit-core.mjs'), platform: 'browser' })
await build({
  ...common,
  entryPoints: [entry('cover/transform.ts')],
  outfile: out('coverage-transform.mjs'),
  platform: 'node',
  external: ['assemblyscript'],
})
rmSync(out('types'), { recursive: true, force: true })
execFileSync(process.execPath, [resolve(root, 'node_modules/typescript/bin/tsc'), '-p', entry('tsconfig.types.json')], {
  stdio: 'inherit',
})
