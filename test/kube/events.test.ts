// Events as an API server gets them: what is bad first, nothing twice, never more than may wait.
import { expect } from 'chai'
import type { KubeObject } from '../../controller/model/object.ts'
import { connect } from '../../controller/sources/kube/api.ts'
import { type EventWriter, eventWriter } from '../../controller/status/kube-events.ts'
import type { Transition } from '../../controller/status/kube-transitions.ts'
import { startServer, type TestServer } from './api-server.ts'
import { until } from './until.ts'

const route = (name: string, namespace?: string): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: namespace === undefined ? 'GatewayClass' : 'HTTPRoute',
  metadata: { name, uid: `uid of ${name}`, resourceVersion: '7', ...(namespace === undefined ? {} : { namespace }) },
})
const became = (status: 'True' | 'False', message: string): Transition[] => [
  {
    part: '',
    before: undefined,
    after: { type: 'Accepted', status, reason: 'Why', message, lastTransitionTime: '2026-01-01T00:00:00Z' },
  },
]

interface Sent {
  note: string
  type: string
  reason: string
  regarding: object
  metadata: { namespace: string }
}

describe('the writer of events', () => {
  let server: TestServer
  let tell: EventWriter
  let now: number
  let failures: unknown[]
  const sent = () => server.asked.filter(({ method }) => method === 'POST').map(({ body }) => body as Sent)
  const notes = () => sent().map(({ note }) => note.replace('Accepted: ', ''))

  beforeEach(async () => {
    server = await startServer()
    server.intercept = ({ path }, response) => {
      const code = path.includes('/gone/') ? 404 : path.includes('/closed/') ? 403 : 201
      response.writeHead(code, { 'content-type': 'application/json' }).end('{"message":"so it is"}')
      return true
    }
    now = 1_000_000
    failures = []
    tell = eventWriter({
      client: connect(server.config),
      controllerName: 'sluice.dev/gateway-controller',
      identity: 'sluice-1',
      failed: error => failures.push(error),
      now: () => now,
      everyMs: 1,
      waiting: 3,
      silenceMs: 1_000,
    })
  })
  afterEach(() => server.close())

  it('says what happened to which object, in its namespace or, where it has none, in default', async () => {
    tell(route('r', 'a'), became('True', 'good'))
    tell(route('c'), became('True', 'good'))
    await until(() => sent().length === 2)
    expect(server.asked[0]?.path).to.equal('/apis/events.k8s.io/v1/namespaces/a/events')
    expect(sent()[0]).to.deep.include({
      type: 'Normal',
      reason: 'Why',
      note: 'Accepted: good',
      regarding: {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        name: 'r',
        namespace: 'a',
        uid: 'uid of r',
        resourceVersion: '7',
      },
    })
    expect(sent()[1]?.metadata.namespace).to.equal('default')
  })

  it('says what went wrong before what went well', async () => {
    for (const n of [1, 2, 3]) tell(route(`r${n}`, 'a'), became('True', `good ${n}`))
    tell(route('bad', 'a'), became('False', 'bad'))
    await until(() => sent().length === 4)
    expect(notes()).to.deep.equal(['good 1', 'bad', 'good 2', 'good 3'])
  })

  it('says the same of the same object once in a while, however often it comes and goes', async () => {
    for (let n = 0; n < 20; n++) {
      tell(route('r', 'a'), became('False', 'bad'))
      tell(route('r', 'a'), became('True', 'good'))
    }
    tell(route('other', 'a'), became('False', 'bad'))
    await until(() => sent().length === 3)
    now += 1_000
    tell(route('r', 'a'), became('False', 'bad'))
    await until(() => sent().length === 4)
    expect(notes().sort()).to.deep.equal(['bad', 'bad', 'bad', 'good'])
  })

  it('leaves out what would have to wait too long', async () => {
    for (let n = 0; n < 50; n++) tell(route(`r${n}`, 'a'), became('True', `good ${n}`))
    tell(route('last', 'a'), became('False', 'bad'))
    await until(() => notes().includes('good 3'))
    expect(notes()).to.deep.equal(['good 0', 'bad', 'good 1', 'good 2', 'good 3'])
  })

  it('reports what is refused, but not that a namespace is gone, and goes on', async () => {
    tell(route('r', 'gone'), became('True', 'one'))
    tell(route('r2', 'closed'), became('True', 'two'))
    tell(route('r3', 'a'), became('True', 'three'))
    await until(() => sent().length === 3)
    expect(failures).to.have.length(1)
  })
})
