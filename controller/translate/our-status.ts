// Objects of our own kinds in; their status out. Schemas cannot tell everything: what a filter would refuse at run time
// (a regular expression that does not compile, a header that nobody may edit) is told here, on the object.
import type { Backend, HeaderMutation, Mirror, PathRewrite, RateLimit } from '../model/kinds.ts'
import type { Snapshot } from '../store/snapshot.ts'
import { faultOf } from './extensions.ts'
import { problemOf } from './plan-faults.ts'
import { type ObjectStatus, observed, statusOf } from './status.ts'

type Ours = Backend | HeaderMutation | Mirror | PathRewrite | RateLimit

const KINDS = ['Backend', 'HeaderMutation', 'Mirror', 'PathRewrite', 'RateLimit'] as const

export const ourObjectStatuses = (snapshot: Pick<Snapshot, 'list'>): ObjectStatus[] =>
  KINDS.flatMap((kind): readonly Ours[] => snapshot.list(kind)).map(ourStatus)

const known = new WeakMap<Ours, ObjectStatus>()

const ourStatus = (object: Ours): ObjectStatus => {
  const found = known.get(object)
  if (found) return found
  const status = statusOf(object, { conditions: observed<'Ours'>(object, [accepted(object)]) })
  known.set(object, status)
  return status
}

const acceptance = (object: Ours): string => {
  if (object.kind !== 'Mirror') return `The ${object.kind} is accepted`
  return object.spec.engine === 'Native'
    ? 'The Mirror is accepted; Envoy itself streams copies of requests as they came (engine Native)'
    : 'The Mirror is accepted; the filter copies what the backend gets (engine Wasm)'
}

const accepted = (object: Ours) => {
  const fault = object.kind === 'Backend' || object.kind === 'RateLimit' ? undefined : faultOf(object)
  return fault === undefined
    ? ({ type: 'Accepted', status: 'True', reason: 'Accepted', message: acceptance(object) } as const)
    : ({ type: 'Accepted', status: 'False', reason: 'Invalid', message: problemOf(fault).message } as const)
}
