// Copies the manifests of the Gateway API project that the tests read, so that tests need no Go. Run by hand when the
// version changes: `node test/admit/data/vendor.mts`. In: Go modules, through `go mod download`. Out: `upstream/`.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const VERSION = 'v1.6.3'
const FOLDERS = [
  { module: 'sigs.k8s.io/gateway-api', from: 'examples', to: 'examples' },
  { module: 'sigs.k8s.io/gateway-api', from: 'hack/invalid-examples', to: 'invalid-examples' },
  { module: 'sigs.k8s.io/gateway-api/conformance', from: 'base', to: 'conformance/base' },
  { module: 'sigs.k8s.io/gateway-api/conformance', from: 'tests', to: 'conformance/tests' },
]

const scratch = mkdtempSync(join(tmpdir(), 'sluice-vendor-'))
const target = join(import.meta.dirname, 'upstream')
rmSync(target, { recursive: true, force: true })
for (const { module, from, to } of FOLDERS) {
  const out = execFileSync('go', ['mod', 'download', '-json', `${module}@${VERSION}`], { cwd: scratch, encoding: 'utf8' })
  const source = join((JSON.parse(out) as { Dir: string }).Dir, from)
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.yaml') || !statSync(join(source, name)).isFile()) continue
    const copy = join(target, to, name)
    mkdirSync(join(copy, '..'), { recursive: true })
    cpSync(join(source, name), copy, { mode: 0 })
  }
}
rmSync(scratch, { recursive: true })
