// Backends and RateLimits in; their status out. Admission has checked all that can be wrong with them.
import type { Backend, RateLimit } from '../model/kinds.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { type ObjectStatus, observed, statusOf } from './status.ts'

export const ourObjectStatuses = (snapshot: Pick<Snapshot, 'list'>): ObjectStatus[] =>
  [...snapshot.list('Backend'), ...snapshot.list('RateLimit')].map(acceptedStatus)

const known = new WeakMap<Backend | RateLimit, ObjectStatus>()

const acceptedStatus = (object: Backend | RateLimit): ObjectStatus => {
  const found = known.get(object)
  if (found) return found
  const status = statusOf(object, {
    conditions: observed<'Ours'>(object, [
      { type: 'Accepted', status: 'True', reason: 'Accepted', message: `The ${object.kind} is accepted` },
    ]),
  })
  known.set(object, status)
  return status
}
