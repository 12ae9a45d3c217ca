// What a route's rules and its attachments come to in; its status, one entry per parent of ours, out.
import type { AttachableRoute, Attachment } from './attach.ts'
import type { Condition } from './conditions.ts'
import type { Verdict } from './http-route.ts'
import { type ObjectStatus, observed, statusOf, type WantedParentStatus } from './status.ts'

/** A parentRef that names nothing: an error where we see the whole world (a folder), no business of ours in a cluster. */
export type UnresolvedParents = 'Report' | 'Ignore'

/** Undefined where no entry is ours to write. */
export const routeStatus = (
  route: AttachableRoute,
  verdict: Verdict,
  attachments: readonly Attachment[],
  controllerName: string,
  unresolvedParents: UnresolvedParents,
): ObjectStatus | undefined => {
  const parents = attachments.flatMap((attachment): WantedParentStatus[] => {
    if (!attachment.parent && unresolvedParents === 'Ignore') return []
    const conditions = observed(route, conditionsOf(attachment, verdict))
    return [{ parentRef: attachment.ref, controllerName, conditions }]
  })
  return parents.length > 0 || hadEntry(route, controllerName) ? statusOf(route, { parents }) : undefined
}

/** "Entries … are cleaned up when they are no longer necessary" (RouteParentStatus.controllerName). */
const hadEntry = (route: AttachableRoute, controllerName: string): boolean =>
  (route.status?.parents ?? []).some(entry => entry.controllerName === controllerName)

const conditionsOf = ({ ref, parent, refusal }: Attachment, verdict: Verdict): Condition<'Route'>[] => {
  if (!parent)
    return [
      {
        type: 'Accepted',
        status: 'False',
        reason: 'NoMatchingParent',
        message: `${ref.kind ?? 'Gateway'} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name} does not exist; create it or correct the name`,
      },
      verdict.resolvedRefs,
    ]
  if (refusal) return [{ type: 'Accepted', status: 'False', ...refusal }, verdict.resolvedRefs]
  return [verdict.accepted, verdict.resolvedRefs, ...(verdict.partiallyInvalid ? [verdict.partiallyInvalid] : [])]
}
