// Events: what went wrong before what went well, one at a time, and nothing twice within a while.
import { expect } from 'chai'
import type { ApiClient } from '../../controller/sources/kube/api.ts'
import { type EventWriter, eventWriter } from '../../controller/status/kube-events.ts'
import type { Transition } from '../../controller/status/kube-transitions.ts'
import { until } from './until.ts'

const route = (name: string) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '7' },
})
const transition = (status: 'True' | 'False', message = ''): Transition => ({
  part: '',
  before: undefined,
  after: {
    type: 'Accepted',
    status,
    reason: status === 'True' ? 'Accepted' : 'NoMatchingParent',
    message,
    lastTransitionTime: '',
  },
})

interface Posted {
  path: string
  type: string
  regarding: string
  reason: string
}

describe('events', () => {
  let posted: Posted[]
  let clock: number
  let tell: EventWriter

  beforeEach(() => {
    posted = []
    clock = 1_700_000_000_000
    const client: ApiClient = {
      close: () => {},
      stream: () => expect.fail('nothing is watched'),
      request: async (_method, path, call) => {
        const { body } = call ?? expect.fail('without a body')
        const { type, reason, regarding } = body as { type: string; reason: string; regarding: { name: string } }
        posted.push({ path, type, reason, regarding: regarding.name })
        return { status: 201, body: {}, etag: undefined }
      },
    }
    tell = eventWriter({
      client,
      controllerName: 'sluice.dev/gateway-controller',
      identity: 'one',
      failed: error => expect.fail(String(error)),
      now: () => clock,
      everyMs: 1,
      waiting: 3,
      silenceMs: 1000,
    })
  })

  it('tell what went wrong first, and leave out what is too much', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) tell(route(name), [transition('True')])
    tell(route('bad'), [transition('False', 'no listener')])
    await until(() => posted.length === 5)
    expect(posted.map(({ regarding }) => regarding)).to.deep.equal(['a', 'bad', 'b', 'c', 'd'])
    expect(posted[1]).to.include({
      path: '/apis/events.k8s.io/v1/namespaces/shop/events',
      type: 'Warning',
      reason: 'NoMatchingParent',
    })
  })

  it('are not repeated until a while has passed', async () => {
    tell(route('a'), [transition('True')])
    tell(route('a'), [transition('True')])
    tell(route('b'), [transition('True')])
    await until(() => posted.length === 2)
    clock += 1001
    tell(route('a'), [transition('True')])
    await until(() => posted.length === 3)
    expect(posted.map(({ regarding }) => regarding)).to.deep.equal(['a', 'b', 'a'])
  })
})
