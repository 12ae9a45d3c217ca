// The `sluice` command: runs the program under Node 24, the version it is tested with. `npx` puts that one first on the
// PATH anyway; a global installation may be started by an older one.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = new URL('./main.mjs', import.meta.url)

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import(program.href)
} else {
  const packageFile = createRequire(import.meta.url).resolve('node/package.json')
  const node = join(dirname(packageFile), 'bin/node')
  const child = spawnSync(node, [fileURLToPath(program), ...process.argv.slice(2)], { stdio: 'inherit' })
  if (child.error) process.stderr.write(`sluice: needs Node 24; ${node} does not start: ${child.error.message}\n`)
  process.exitCode = child.status ?? 3
}
