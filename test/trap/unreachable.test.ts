// Where the released modules could trap at all: every `unreachable` of theirs has to be the abort hook's (which AssemblyScript calls
// for an index outside of an array, or when memory is exhausted), inlined into functions of its runtime or of configuration.
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { compile, root } from '../../filters/compile.ts'

/** The functions of a module's text that hold an `unreachable`, each with the line before it. */
function unreachables(text: string): { within: string; after: string }[] {
  let within = ''
  let after = ''
  const found: { within: string; after: string }[] = []
  for (const line of text.split('\n')) {
    within = /^ \(func (\S+)/.exec(line)?.[1] ?? within
    if (line.trim().startsWith('(unreachable') || line.trim() === 'unreachable') found.push({ within, after })
    after = line.trim()
  }
  return found
}

const isOfAbort = ({ within, after }: { within: string; after: string }): boolean =>
  after.endsWith('/log/proxy_log') || (within === '$~lib/rt/stub/__alloc' && after === 'if')

describe('released modules', function () {
  this.timeout(120_000)

  it('have no unreachable but the abort hook', async () => {
    const { modules } = JSON.parse(await readFile(`${root}/asconfig.json`, 'utf8')) as {
      modules: Record<string, string>
    }
    for (const [module, entry] of Object.entries(modules)) {
      const outputs = await compile(entry, 'release', 'module.wasm', ['--textFile', 'module.wat'])
      const found = unreachables(String(outputs.get('module.wat')))
      expect(found, module).to.not.have.length(0)
      expect(
        found.filter(one => !isOfAbort(one)),
        module,
      ).to.deep.equal([])
    }
  })

  it('would show one of another kind', async () => {
    const outputs = await compile('test/trap/assembly/index.ts', 'release', 'module.wasm', ['--textFile', 'module.wat'])
    const found = unreachables(String(outputs.get('module.wat'))).filter(one => !isOfAbort(one))
    expect(found.map(({ within }) => within)).to.deep.equal(['$test/trap/assembly/index/proxy_on_request_headers'])
  })
})
