// All that may be written in a Gateway and an HTTPRoute, from YAML to the wire: one `sluice run`, one Envoy, each request over
// HTTP/1.1 and HTTP/2.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { filters } from './cases/filters.ts'
import { listeners } from './cases/listeners.ts'
import { matches } from './cases/matches.ts'
import { references } from './cases/references.ts'
import { askRow, awaitConditions, type Case, filesOf, type ShownStatus, type Stage, statusOf } from './cases.ts'
import { createClient, type Protocol } from './client.ts'
import { folder, runSluice } from './sluice.ts'
import { echoBackend } from './world.ts'

const cases: Case[] = [...matches, ...filters, ...listeners, ...references]
const protocols: Protocol[] = ['HTTP/1.1', 'HTTP/2']

describe('sluice run: objects', function () {
  this.timeout(60_000)
  const stack = new AsyncDisposableStack()
  let stage: Stage

  before(async () => {
    const dir = stack.use(await folder())
    const statusDir = await mkdtemp(join(tmpdir(), 'sluice-status-'))
    stack.defer(() => rm(statusDir, { recursive: true, force: true }))
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(async name => stack.use(await echoBackend(name))))
    const net = dir.address.split('.').slice(0, 3).join('.')
    stage = {
      client: stack.use(createClient()),
      backends: { a: a!, b: b!, c: c! },
      statusDir,
      addressOf: name => `${net}.${cases.findIndex(each => each.name === name) + 1}`,
    }
    for (const each of cases) await dir.write(`${each.name}.yaml`, filesOf(each, stage))
    const sluice = stack.use(runSluice(dir.path, ['--status-dir', statusDir]))
    await sluice.live
  })
  after(() => stack.disposeAsync())

  for (const { name, rows, status = {} } of cases)
    describe(name, () => {
      for (const protocol of protocols) {
        const asked = rows.filter(({ over }) => over?.includes(protocol) ?? true)
        it(`answers ${asked.length} requests over ${protocol}`, async () => {
          for (const row of asked) await askRow(stage, name, row, protocol)
        })
      }
      for (const [key, wanted] of Object.entries(status))
        it(`says of ${key}: ${wanted.join(', ')}`, () => awaitConditions(stage.statusDir, name, key, wanted))
    })

  it('says of which generation it speaks, and since when, in every condition of every object', async () => {
    const files = (await readdir(stage.statusDir, { recursive: true })).filter(name => name.endsWith('.yaml'))
    expect(files).to.have.length.of.at.least(cases.length * 2)
    for (const file of files) {
      const object = parse(await readFile(join(stage.statusDir, file), 'utf8')) as {
        metadata: { generation: number }
        status: ShownStatus
      }
      const { conditions = [], listeners = [], parents = [] } = object.status
      const all = [conditions, ...[...listeners, ...parents].map(part => part.conditions ?? [])].flat()
      expect(all, file).not.to.have.length(0)
      for (const { type, observedGeneration, lastTransitionTime, message } of all) {
        expect(observedGeneration, `${file} ${type}`).to.equal(object.metadata.generation)
        expect(lastTransitionTime, `${file} ${type}`).to.match(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/)
        expect(message, `${file} ${type}`).not.to.equal('')
      }
    }
  })

  it('lists what it supports on its GatewayClass, as the conformance suite names it', async () => {
    const { supportedFeatures = [] } = await statusOf(stage.statusDir, '', 'GatewayClass/_/sluice')
    const names = supportedFeatures.map(({ name }) => name)
    expect(names).to.include.members(['Gateway', 'HTTPRoute', 'HTTPRouteCORS', 'ReferenceGrant'])
    expect(names).to.deep.equal(names.toSorted())
  })
})
