// The pure rooms stay pure: what they import, however indirectly, is no Node, no gRPC and no Kubernetes client, so that
// the same code runs in a browser and no step can look at the world behind its parameters.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect } from 'chai'

const root = resolve(import.meta.dirname, '../..')

const PURE = [
  'controller/translate',
  'controller/ir',
  'controller/emit',
  'controller/admit',
  'controller/status/merge.ts',
  'filters/plan',
]
/** Packages that run anywhere. */
const PORTABLE = ['re2js', 'yaml', 'ajv', '@bufbuild/cel', '@bufbuild/protobuf']

const filesOf = (room: string): string[] =>
  room.endsWith('.ts')
    ? [join(root, room)]
    : globSync(`${room}/**/*.ts`, { cwd: root, exclude: ['**/assembly/**'] }).map(file => join(root, file))

/** Types are gone at run time. */
const importsOf = (file: string): string[] =>
  [
    ...readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)(?!\s+type\b)[^'"\n]*(?:\{[^}]*\}[^'"\n]*)?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm,
    ),
  ].map(match => (match[1] ?? match[2])!)

/** Whatever is reached from a file, as `file imports module`, that is neither ours nor portable. */
const impurities = (start: string): string[] => {
  const seen = new Set<string>()
  const found: string[] = []
  const visit = (file: string): void => {
    if (seen.has(file) || !existsSync(file) || file.endsWith('.json')) return
    seen.add(file)
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier))
      else if (!PORTABLE.some(name => specifier === name || specifier.startsWith(`${name}/`)))
        found.push(`${relative(root, file)} imports ${specifier}`)
    }
  }
  visit(start)
  return found
}

describe('imports', () => {
  for (const room of PURE)
    it(`of ${room} are pure`, () => {
      const files = filesOf(room)
      expect(files).to.have.length.greaterThan(0)
      expect([...new Set(files.flatMap(impurities))]).to.deep.equal([])
    })

  it('would be found out', () => {
    expect(impurities(join(root, 'controller/tls/inspect.ts'))).to.deep.equal([
      'controller/tls/inspect.ts imports node:crypto',
    ])
  })
})
