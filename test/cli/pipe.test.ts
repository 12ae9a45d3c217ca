// A command whose output nobody reads to the end, as with `| head`.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageFile } from '../../controller/package.ts'
import { folder } from '../run/sluice.ts'

const main = packageFile(join('controller', 'main.ts'))
const route = (i: number): string =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: r${i} }\nspec: { parentRefs: [{ name: none }] }\n`

describe('a command whose output is not read', () => {
  it('ends as it would have, and says nothing of it', async () => {
    const { path } = await folder({ 'all.yaml': Array.from({ length: 300 }, (_, i) => route(i)).join('---\n') })
    const child = spawn(process.execPath, [main, 'check', path, '-o', 'yaml'], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    const status = await new Promise(done => child.once('close', done))
    expect(stderr).to.equal('')
    expect(status).to.equal(1)
  })
})
