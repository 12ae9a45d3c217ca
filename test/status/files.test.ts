// Status as files: one for each object, replaced whole and only when it says something else, removed with its object.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import type { KubeObject } from '../../controller/model/object.ts'
import { createStatusFiles, type StatusFiles, statusDirectoryFault } from '../../controller/status/files.ts'
import { type ObjectStatus, statusOf } from '../../controller/translate/status.ts'

const route = (name: string, generation = 1): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'x', generation },
  spec: { rules: [] },
})
const gatewayClass: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'c', generation: 1 },
  spec: { controllerName: 'a/b' },
}
const accepted = (object: KubeObject, status: 'True' | 'False' = 'True'): ObjectStatus =>
  statusOf(object, {
    conditions: [
      {
        type: 'Accepted',
        status,
        reason: 'Accepted',
        message: '',
        observedGeneration: object.metadata.generation ?? 0,
      },
    ],
  })

describe('status files', () => {
  let directory: string
  let now: number
  let faults: string[]
  const open = (): StatusFiles =>
    createStatusFiles({
      directory,
      controllerName: 'a/b',
      now: () => now,
      failed: (path, error) => faults.push(`${path} ${error}`),
    })
  const write = async (files: StatusFiles, ...statuses: ObjectStatus[]): Promise<void> => {
    files.want(statuses)
    await files.idle()
    expect(faults).to.deep.equal([])
  }
  const path = (...parts: string[]): string => join(directory, ...parts)
  const read = (...parts: string[]): KubeObject => parse(readFileSync(path(...parts), 'utf8')) as KubeObject

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'sluice-status-')), 'deep/status')
    now = Date.parse('2026-06-01T00:00:00.5Z')
    faults = []
  })
  afterEach(() => rmSync(join(directory, '../..'), { recursive: true }))

  it('hold the whole object with its status', async () => {
    await write(open(), accepted(route('r')), accepted(gatewayClass))
    expect(read('HTTPRoute/x/r.yaml')).to.deep.equal({
      ...route('r'),
      status: {
        conditions: [
          {
            type: 'Accepted',
            status: 'True',
            reason: 'Accepted',
            message: '',
            observedGeneration: 1,
            lastTransitionTime: '2026-06-01T00:00:00Z',
          },
        ],
      },
    })
    expect(read('GatewayClass/_/c.yaml').metadata.name).to.equal('c')
  })

  it('are there for the longest names, and each has its own', async () => {
    const names = ['a'.repeat(253), `${'a'.repeat(252)}b`, 'a'.repeat(250)]
    const files = open()
    await write(files, ...names.map(name => accepted(route(name))))
    const found = readdirSync(path('HTTPRoute/x'))
    expect(found).to.have.length(3)
    expect(found.map(file => read('HTTPRoute/x', file).metadata.name)).to.have.members(names)
    await write(files)
    expect(readdirSync(path('HTTPRoute/x'))).to.deep.equal([])
  })

  it('are left alone while nothing changes, and change when something does', async () => {
    const files = open()
    const inode = (): bigint => statSync(path('HTTPRoute/x/r.yaml'), { bigint: true }).ino
    await write(files, accepted(route('r')))
    const first = inode()
    now += 5000
    await write(files, accepted(route('r')))
    await write(files, accepted(structuredClone(route('r'))))
    expect(inode()).to.equal(first)
    await write(files, accepted(route('r', 2)))
    expect(inode()).to.not.equal(first)
  })

  it('keep the time of a condition until it changes', async () => {
    const files = open()
    const time = (): unknown =>
      (read('HTTPRoute/x/r.yaml').status as { conditions: { lastTransitionTime: string }[] }).conditions[0]
        ?.lastTransitionTime
    await write(files, accepted(route('r')))
    now += 5000
    await write(files, accepted(route('r', 2)))
    expect(time()).to.equal('2026-06-01T00:00:00Z')
    await write(files, accepted(route('r', 2), 'False'))
    expect(time()).to.equal('2026-06-01T00:00:05Z')
  })

  it('go with their objects, and leave no other file behind', async () => {
    const files = open()
    await write(files, accepted(route('r')), accepted(route('s')))
    await write(files, accepted(route('s')))
    expect(readdirSync(path('HTTPRoute/x'))).to.deep.equal(['s.yaml'])
  })

  it('are taken up by the next run: times stay, leftovers go, files of others stay', async () => {
    await write(open(), accepted(route('r')), accepted(route('gone')))
    mkdirSync(path('HTTPRoute/y'))
    writeFileSync(path('HTTPRoute/y/mine.yaml'), 'a: 1\n')
    writeFileSync(path('HTTPRoute/x/broken.yaml'), '# Written by sluice; changes are lost.\n[')
    now += 5000
    const before = readFileSync(path('HTTPRoute/x/r.yaml'), 'utf8')
    await write(open(), accepted(route('r')))
    expect(readFileSync(path('HTTPRoute/x/r.yaml'), 'utf8')).to.equal(before)
    expect(existsSync(path('HTTPRoute/x/gone.yaml'))).to.equal(false)
    expect(existsSync(path('HTTPRoute/y/mine.yaml'))).to.equal(true)
  })

  it('show the last of many changes, however fast they come', async () => {
    const files = open()
    for (let generation = 1; generation <= 50; generation++) files.want([accepted(route('r', generation))])
    await files.idle()
    expect(read('HTTPRoute/x/r.yaml').metadata.generation).to.equal(50)
  })

  it('tell what could not be written, and go on with the others', async () => {
    mkdirSync(path('HTTPRoute'), { recursive: true })
    writeFileSync(path('HTTPRoute/x'), 'a file in the way')
    const files = open()
    files.want([accepted(route('r')), accepted(gatewayClass)])
    await files.idle()
    expect(faults).to.have.length(1)
    expect(faults[0]).to.include('HTTPRoute')
    expect(existsSync(path('GatewayClass/_/c.yaml'))).to.equal(true)
  })

  it('may lie anywhere but among the manifests', () => {
    const root = join(directory, '..')
    mkdirSync(join(root, 'conf/sub'), { recursive: true })
    symlinkSync(join(root, 'conf'), join(root, 'link'))
    const fault = (status: string): boolean =>
      statusDirectoryFault(join(root, 'conf'), join(root, status)) !== undefined
    for (const inside of ['conf', 'conf/status', 'conf/sub/new/deep', 'link', 'link/status', 'conf/../conf/x']) {
      expect(fault(inside), inside).to.equal(true)
    }
    for (const outside of ['status', 'conf-status', 'conf/../other', '.'])
      expect(fault(outside), outside).to.equal(false)
    expect(statusDirectoryFault('/', join(root, 'status'))).to.not.equal(undefined)
  })
})
