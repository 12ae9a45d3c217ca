// Golden cases: `in.yaml` and, made of it, `ir.yaml`, `status.yaml` and `xds.yaml` (a bootstrap that stands alone), side
// by side. `UPDATE_GOLDEN=1` writes them anew. Every bootstrap is one that the real Envoy accepts.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { stringify } from 'yaml'
import type { EmitOptions } from '../../controller/emit/options.ts'
import { staticBootstrap } from '../../controller/emit/static.ts'
import { type Translation, translate } from '../../controller/translate/translate.ts'
import { findEnvoy } from '../../envoy/find.ts'
import type { Bootstrap } from '../../envoy/schema/envoy.gen.ts'
import { writeEmptyModules } from './empty-module.ts'
import { cases, goldenRoot, readCase } from './world.ts'

const isUpdate = process.env.UPDATE_GOLDEN === '1'

const emitOptions: EmitOptions = {
  module: '/suite.wasm',
  reusePort: false,
  accessLog: 'Stdout',
  systemCertificates: '/etc/ssl/certs/ca-certificates.crt',
}

describe('golden', () => {
  const translations = new Map<string, Translation>()
  const translationOf = (name: string): Translation => {
    const { snapshot, options } = readCase(name)
    const known = translations.get(name) ?? translate(snapshot, options)
    translations.set(name, known)
    return known
  }

  for (const name of cases())
    it(name, () => {
      const translation = translationOf(name)
      const folder = join(goldenRoot, name)
      compare(join(folder, 'ir.yaml'), yaml(translation.proxies))
      compare(join(folder, 'status.yaml'), statusYaml(translation))
      compare(join(folder, 'xds.yaml'), redacted(bootstraps(translation, emitOptions).map(yaml).join('---\n')))
    })

  it('has only bootstraps that Envoy accepts', async function () {
    this.timeout(300_000)
    const { path: envoy } = await findEnvoy()
    const folder = mkdtempSync(join(tmpdir(), 'sluice-golden-'))
    try {
      const module = writeEmptyModules(folder)
      const systemCertificates = join(goldenRoot, 'ca.pem')
      const files = cases().flatMap(name =>
        bootstraps(translationOf(name), { ...emitOptions, module, systemCertificates }).map((bootstrap, index) => {
          const file = join(folder, `${name}-${index}.json`)
          writeFileSync(file, JSON.stringify(bootstrap))
          return file
        }),
      )
      const faults: string[] = []
      await each(files, 2, async file => {
        const fault = await faultOf(envoy, file)
        if (fault) faults.push(`${file.slice(folder.length + 1)}: ${fault}`)
      })
      expect(faults).to.deep.equal([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

const bootstraps = ({ proxies }: Translation, options: EmitOptions): Bootstrap[] =>
  proxies.map(proxy => staticBootstrap(proxy, options))

const statusYaml = ({ statuses }: Translation): string =>
  statuses
    .map(({ object, status }) => {
      const { namespace, name } = object.metadata
      return yaml({ kind: object.kind, ...(namespace ? { namespace } : {}), name, status })
    })
    .join('---\n')

const yaml = (value: unknown): string =>
  stringify(JSON.parse(JSON.stringify(value)), { aliasDuplicateObjects: false, lineWidth: 0 })

const redacted = (text: string): string =>
  text.replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, '[redacted]')

const compare = (path: string, actual: string): void => {
  if (isUpdate) writeFileSync(path, actual)
  expect(actual, `${path.slice(goldenRoot.length + 1)} (UPDATE_GOLDEN=1 rewrites it)`).to.equal(
    readFileSync(path, 'utf8'),
  )
}

const run = promisify(execFile)

/** What Envoy says against a bootstrap. */
const faultOf = async (envoy: string, file: string): Promise<string | undefined> => {
  try {
    await run(envoy, ['--mode', 'validate', '--config-path', file, '--log-level', 'error', '--disable-hot-restart'])
    return undefined
  } catch (error) {
    const { stderr, stdout } = error as { stderr: string; stdout: string }
    return `${stderr}${stdout}`.trim() || String(error)
  }
}

const each = async <T>(items: readonly T[], atOnce: number, act: (item: T) => Promise<void>): Promise<void> => {
  const rest = [...items]
  const work = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await act(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
