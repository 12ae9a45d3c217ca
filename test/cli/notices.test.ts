// What `sluice run` tells of objects: each fault once, when it is new, and when it is gone.
import { expect } from 'chai'
import type { Outcome } from '../../controller/app.ts'
import { createNotices } from '../../controller/cli/notices.ts'
import type { KubeObject, ObjectKey } from '../../controller/model/object.ts'
import type { Logger } from '../../controller/observe/log.ts'
import type { ObjectStatus } from '../../controller/translate/status.ts'

const setUp = () => {
  const lines: string[] = []
  const keep = (line: unknown) => void lines.push(String(line))
  const notices = createNotices({ info: keep, warn: keep, error: keep } as unknown as Logger)
  const locationOf = (key: ObjectKey) => ({ file: `${key.split('/').at(-1)}.yaml`, line: 1, column: 1 })
  /** What is told of these statuses. */
  return (...statuses: ObjectStatus[]): string[] => {
    lines.length = 0
    notices.take({ snapshot: { refusals: [], locationOf }, translation: { statuses } } as unknown as Outcome)
    return [...lines]
  }
}

const status = (name: string, fault?: string): ObjectStatus => {
  const condition = { type: 'Accepted', status: fault ? 'False' : 'True', reason: 'R', message: fault ?? '' }
  return {
    key: `g/HTTPRoute/default/${name}` as ObjectKey,
    object: { kind: 'HTTPRoute', metadata: { namespace: 'default', name } } as KubeObject,
    status: { conditions: [condition] },
  } as unknown as ObjectStatus
}

const bad = (name: string, fault: string) => `${name}.yaml:1: HTTPRoute default/${name}: Accepted: R: ${fault}`
const good = (name: string) => `HTTPRoute default/${name} is good again`

describe('notices', () => {
  it('tell a fault once, another one of the same object, and its end', () => {
    const told = setUp()
    const [a, b] = [status('a'), status('b', 'odd')]
    expect(told(a, b)).to.deep.equal([bad('b', 'odd')])
    expect(told(a, b)).to.deep.equal([])
    expect(told(a, status('b', 'odd'))).to.deep.equal([])
    expect(told(a, status('b', 'worse'))).to.deep.equal([bad('b', 'worse')])
    expect(told(a, status('b'))).to.deep.equal([good('b')])
    expect(told(status('a', 'new'), status('b'))).to.deep.equal([bad('a', 'new')])
  })

  it('tell what is new while objects come and go', () => {
    const told = setUp()
    const [a, b, c] = [status('a', 'odd'), status('b'), status('c', 'odd')]
    expect(told(a, c)).to.deep.equal([bad('a', 'odd'), bad('c', 'odd')])
    expect(told(a, b, c)).to.deep.equal([])
    expect(told(b, status('c', 'odd'))).to.deep.equal([])
    expect(told(b, status('c'))).to.deep.equal([good('c')])
  })

  it('forget an object that is gone: one of its name that comes later is told anew', () => {
    const told = setUp()
    const b = status('b')
    expect(told(status('a', 'odd'), b)).to.have.length(1)
    expect(told(b, status('c'))).to.deep.equal([])
    expect(told(status('a', 'odd'), b)).to.deep.equal([bad('a', 'odd')])
  })
})
