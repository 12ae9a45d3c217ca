// GatewayClasses in; those that are ours with their status, and which names a Gateway may use, out.
import type { GatewayClass } from '../model/kinds.ts'
import type { Condition } from './conditions.ts'
import { supportedFeatures } from './features.ts'
import { type ObjectStatus, observed, statusOf } from './status.ts'

export interface Classes {
  /** Names of classes that are ours and accepted. */
  accepted: ReadonlySet<string>
  statuses: ObjectStatus[]
}

/** `implicit` is a class that exists where no GatewayClass does. */
export const classesOf = (
  classes: readonly GatewayClass[],
  controllerName: string,
  implicit: string | undefined,
): Classes => {
  if (classes.length === 0) return { accepted: new Set(implicit === undefined ? [] : [implicit]), statuses: [] }
  const ours = classes.filter(({ spec }) => spec.controllerName === controllerName)
  return {
    accepted: new Set(ours.filter(({ spec }) => !spec.parametersRef).map(({ metadata }) => metadata.name)),
    statuses: ours.map(object =>
      statusOf(object, {
        conditions: observed<'GatewayClass'>(object, [acceptedOf(object)]),
        supportedFeatures: [...supportedFeatures],
      }),
    ),
  }
}

const acceptedOf = ({ spec }: GatewayClass): Condition<'GatewayClass'> =>
  spec.parametersRef
    ? {
        type: 'Accepted',
        status: 'False',
        reason: 'InvalidParameters',
        message: `spec.parametersRef: ${spec.parametersRef.kind} is no kind of parameters we know; remove it`,
      }
    : { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'The GatewayClass is accepted' }
