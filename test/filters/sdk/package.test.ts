// The SDK as somebody gets it who has no checkout: its archive in a folder of theirs, where the README's first filter and its
// examples are compiled with the README's command, and run in the README's Envoy.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { parse } from 'yaml'
import { startEnvoy } from '../../envoy/static.ts'
import { call, valuesOf } from '../../envoy/upstream.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))
const NAME = 'proxy-wasm-assemblyscript-sdk'

describe('the SDK’s package', function () {
  this.timeout(120_000)
  let folder: string
  let packed: string[]
  const inPackage = (path: string): Promise<string> => readFile(join(folder, 'node_modules', NAME, path), 'utf8')
  const block = (page: string, language: string): string =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page.slice(page.indexOf('## A first filter')))?.[1] ?? ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-sdk-'))
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--workspace', 'filters/sdk', '--pack-destination', folder],
      {
        cwd: root,
      },
    )
    const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]
    packed = files.map(({ path }) => path)
    const home = join(folder, 'node_modules', NAME)
    await mkdir(home, { recursive: true })
    await run('tar', ['-xzf', join(folder, filename), '-C', home, '--strip-components=1'])
  })

  after(() => rm(folder, { recursive: true, force: true }))

  it('holds what it needs, and nothing else', async () => {
    expect(packed).to.include.members([
      'LICENSE',
      'README.md',
      'REFERENCE.md',
      'assembly/index.ts',
      'assembly/abort.ts',
    ])
    expect(packed.filter(path => !/^(assembly|examples)\/|^(LICENSE|README.md|REFERENCE.md|package.json)$/.test(path)))
      .to.be.empty
    expect(await inPackage('LICENSE')).to.equal(await readFile(join(root, 'LICENSE'), 'utf8'))
  })

  it('has pages whose links lead to what it holds', async () => {
    for (const page of packed.filter(path => path.endsWith('.md')))
      for (const [, to = ''] of (await inPackage(page)).matchAll(/\]\((?!https:)([^)#]+)/g))
        expect(packed, `${page} links ${to}`).to.include(join(dirname(page), to))
  })

  it('has examples that compile with the README’s command, without a warning', async () => {
    const command = block(await inPackage('README.md'), 'sh')
      .replaceAll('\\\n', ' ')
      .trim()
      .split(/\s+/)
      .slice(2)
    for (const example of ['hello', 'gate']) {
      await writeFile(join(folder, `${example}.ts`), await inPackage(`examples/assembly/${example}.ts`))
      const args = command.map(word => word.replace('hello', example))
      const { stdout, stderr } = await run(join(root, 'node_modules/.bin/asc'), args, { cwd: folder })
      expect(stdout + stderr, example).to.equal('')
    }
  })

  it('has a first filter that runs in the README’s Envoy', async () => {
    const yaml = block(await inPackage('README.md'), 'yaml')
      .replace('port_value: 10000', 'port_value: 0')
      .replace('filename: hello.wasm', `filename: ${join(folder, 'hello.wasm')}`)
    await using envoy = await startEnvoy(parse(yaml) as object)
    expect(valuesOf(await call(envoy.port('main'), { path: '/' }), 'x-hello')).to.deep.equal(['world'])
  })
})
