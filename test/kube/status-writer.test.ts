// Status in a cluster: one write per change, nobody else's entries lost, nothing written where nothing changed.
import type { ServerResponse } from 'node:http'
import { expect } from 'chai'
import type { KubeObject, ObjectKey } from '../../controller/model/object.ts'
import { connect } from '../../controller/sources/kube/api.ts'
import { type StatusWriter, statusWriter } from '../../controller/status/kube.ts'
import { notesOf } from '../../controller/status/kube-events.ts'
import { transitionsOf } from '../../controller/status/kube-transitions.ts'
import { type ObjectStatus, statusOf, type WantedCondition } from '../../controller/translate/status.ts'
import { startServer, type TestServer } from './api-server.ts'
import { until } from './until.ts'

const OURS = 'sluice.dev/gateway-controller'
const PATH = '/apis/gateway.networking.k8s.io/v1/namespaces/a/httproutes'
const key = 'gateway.networking.k8s.io/HTTPRoute/a/r' as ObjectKey
const parentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'g' }

const condition = (status: 'True' | 'False', observedGeneration = 1): WantedCondition => ({
  type: 'Accepted',
  status,
  reason: status === 'True' ? 'Accepted' : 'NoMatchingParent',
  message: `it is ${status}`,
  observedGeneration,
})
const route = (status?: unknown, generation = 1): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'r', namespace: 'a', uid: 'u', generation },
  spec: {},
  ...(status === undefined ? {} : { status }),
})
const wantedFor = (object: KubeObject, condition: WantedCondition): ObjectStatus =>
  statusOf(object, { parents: [{ parentRef, controllerName: OURS, conditions: [condition] }] })
const foreign = {
  parentRef,
  controllerName: 'other.io/c',
  conditions: [{ ...condition('True'), lastTransitionTime: '2020-01-01T00:00:00Z' }],
}

describe('status in a cluster', () => {
  let server: TestServer
  let writer: StatusWriter
  let seen: KubeObject | undefined
  let now: number
  const patches = () => server.asked.filter(({ method }) => method === 'PATCH')
  const reply = (response: ServerResponse, code: number, body: unknown) => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    return true
  }

  beforeEach(async () => {
    server = await startServer()
    now = Date.parse('2026-01-02T03:04:05Z')
    seen = server.put(PATH, route())
    // A merge patch under the resourceVersion that was read, as an API server does it.
    server.intercept = ({ method, path, body }, response) => {
      if (method !== 'PATCH') return false
      const patch = body as { metadata: { resourceVersion: string }; status: unknown }
      const name = path.replace(/\/status$/, '').slice(PATH.length + 1)
      const stored = current()
      if (!stored || name !== 'r') return reply(response, 404, { reason: 'NotFound' })
      if (patch.metadata.resourceVersion !== stored.metadata.resourceVersion)
        return reply(response, 409, { reason: 'Conflict', message: 'the object has been modified' })
      return reply(response, 200, store({ ...stored, status: patch.status }))
    }
    let stored = seen
    const current = () => stored
    const store = (object: KubeObject) => {
      stored = server.put(PATH, object)
      return stored
    }
    writeElsewhere = object => store(object)
    writer = statusWriter({
      client: connect(server.config),
      controllerName: OURS,
      latest: wanted => (wanted === key ? seen : undefined),
      resourceOf: () => ({
        kind: 'HTTPRoute',
        group: 'gateway.networking.k8s.io',
        version: 'v1',
        plural: 'httproutes',
      }),
      written: object => {
        seen = object
      },
      failed: (_, error) => {
        throw error
      },
      spacingMs: 20,
      now: () => now,
    })
    writer.lead(true)
  })
  let writeElsewhere: (object: KubeObject) => KubeObject
  const refuseFirst = (count: number, code: number, reason: string): void => {
    const usual = server.intercept
    server.intercept = (asked, response) =>
      asked.method === 'PATCH' && patches().length <= count ? reply(response, code, { reason }) : usual(asked, response)
  }
  afterEach(() => server.close())

  it('is written once, with all conditions and the time', async () => {
    writer.want([wantedFor(route(), condition('True'))])
    await writer.idle()
    expect(patches()).to.have.length(1)
    expect(patches()[0]).to.nested.include({ path: `${PATH}/r/status` })
    expect(seen?.status).to.deep.equal({
      parents: [
        {
          parentRef,
          controllerName: OURS,
          conditions: [{ ...condition('True'), lastTransitionTime: '2026-01-02T03:04:05Z' }],
        },
      ],
    })
  })

  it('is not written when it is there already, also not by a new leader', async () => {
    writer.want([wantedFor(route(), condition('True'))])
    await writer.idle()
    writer.want([wantedFor(route(), condition('True'))])
    writer.lead(false)
    writer.lead(true)
    writer.recheck(key)
    await writer.idle()
    expect(patches()).to.have.length(1)
  })

  it('keeps the time of a condition whose status did not change', async () => {
    writer.want([wantedFor(route(), condition('True'))])
    await writer.idle()
    now += 60_000
    writer.want([wantedFor(route(), { ...condition('True'), message: 'better words' })])
    await writer.idle()
    const { parents } = seen!.status as { parents: { conditions: { lastTransitionTime: string; message: string }[] }[] }
    expect(parents[0]?.conditions[0]).to.include({
      lastTransitionTime: '2026-01-02T03:04:05Z',
      message: 'better words',
    })
  })

  it("loses no other controller's entry, not even one that came between our read and our write", async () => {
    writeElsewhere(route({ parents: [foreign] }))
    writer.want([wantedFor(route(), condition('True'))])
    await writer.idle()
    expect(patches()).to.have.length(2)
    const { parents } = seen!.status as { parents: unknown[] }
    expect(parents).to.have.length(2)
    expect(parents[0]).to.deep.equal(foreign)
  })

  it('takes our entry away, and only ours, when the route is no longer one of ours', async () => {
    writer.want([wantedFor(route(), condition('True'))])
    await writer.idle()
    seen = writeElsewhere({ ...seen!, status: { parents: [foreign, ...(seen!.status as { parents: [] }).parents] } })
    writer.want([])
    await writer.idle()
    expect(seen?.status).to.deep.equal({ parents: [foreign] })
  })

  it('says nothing about a generation that is no longer the object’s', async () => {
    seen = writeElsewhere(route(undefined, 2))
    writer.want([wantedFor(route(), condition('True'))])
    await writer.idle()
    expect(patches()).to.have.length(0)
  })

  it('is not written by a replica that does not lead', async () => {
    writer.lead(false)
    writer.want([wantedFor(route(), condition('True'))])
    writer.recheck(key)
    expect(patches()).to.have.length(0)
    writer.lead(true)
    await writer.idle()
    expect(patches()).to.have.length(1)
  })

  it('is written rarely however often it changes, and ends up right', async () => {
    for (let n = 0; n < 100; n++) {
      writer.want([wantedFor(route(), { ...condition('True'), message: `after ${n}` })])
      await new Promise(setImmediate)
    }
    await writer.idle()
    expect(JSON.stringify(seen?.status)).to.contain('after 99')
    expect(patches().length).to.be.lessThan(20)
  })

  it('is written in the end where the API server says for a moment that there is no such object', async () => {
    refuseFirst(1, 404, 'NotFound')
    writer.want([wantedFor(route(), condition('True'))])
    await until(() => JSON.stringify(seen?.status ?? '').includes(OURS))
  })

  it('is written in the end however often others come first', async () => {
    refuseFirst(7, 409, 'Conflict')
    writer.want([wantedFor(route(), condition('True'))])
    await until(() => JSON.stringify(seen?.status ?? '').includes(OURS))
  })

  it('is not taken away before it is known what is wanted', async () => {
    const ours = { ...foreign, controllerName: OURS }
    seen = writeElsewhere(route({ parents: [ours] }))
    writer.recheck(key)
    writer.want([wantedFor(route(), condition('True'))])
    await writer.idle()
    expect(patches()).to.have.length(0)
  })

  it('is brought back when somebody overwrites it', async () => {
    writer.want([wantedFor(route(), condition('True'))])
    await writer.idle()
    seen = writeElsewhere({ ...seen!, status: { parents: [] } })
    writer.recheck(key)
    await writer.idle()
    await until(() => JSON.stringify(seen?.status).includes(OURS))
  })
})

describe('events', () => {
  const time = '2026-01-01T00:00:00Z'
  const status = (...conditions: WantedCondition[]) => ({
    parents: [
      foreign,
      { parentRef, controllerName: OURS, conditions: conditions.map(c => ({ ...c, lastTransitionTime: time })) },
    ],
  })
  it('tell what became bad and what became good, with the words of the condition', () => {
    const bad = transitionsOf(status(condition('True')), status(condition('False')), OURS)
    expect(notesOf(bad)).to.deep.equal([
      { type: 'Warning', reason: 'NoMatchingParent', note: 'parent g: Accepted: it is False' },
    ])
    const good = transitionsOf(undefined, status(condition('True')), OURS)
    expect(notesOf(good).map(({ type }) => type)).to.deep.equal(['Normal'])
  })
  it('say nothing about what stayed, about others, and about what is only on its way', () => {
    expect(transitionsOf(status(condition('True')), status({ ...condition('True'), message: 'x' }), OURS)).to.be.empty
    const pending = { ...condition('True'), status: 'Unknown' as const, reason: 'Pending' }
    expect(notesOf(transitionsOf(undefined, status(pending), OURS))).to.be.empty
    const calm = { ...condition('True'), type: 'Conflicted', status: 'False' as const, reason: 'NoConflicts' }
    expect(notesOf(transitionsOf(undefined, status(calm), OURS))).to.be.empty
  })
})
