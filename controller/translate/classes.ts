// GatewayClasses in; those that are ours with their status, and which names a Gateway may use, out.
import type { GatewayClass } from '../model/kinds.ts'
import type { Channel } from '../model/schemas.ts'
import type { Condition } from './conditions.ts'
import { featuresOn } from './features.ts'
import { type ObjectStatus, observed, statusOf } from './status.ts'

export interface Classes {
  /** Names of classes that are ours and accepted. */
  accepted: ReadonlySet<string>
  statuses: ObjectStatus[]
}

export interface ClassOptions {
  controllerName: string
  /** A class that exists where no GatewayClass does. */
  implicitClass?: string
  /** What the installed CRDs of the Gateway API say of themselves (`gateway.networking.k8s.io/bundle-version`). Default: ours. */
  bundleVersions?: readonly string[]
  /** Theirs. Default: experimental, which has all fields. */
  channel?: Channel
}

export const classesOf = (
  classes: readonly GatewayClass[],
  { controllerName, implicitClass: implicit, bundleVersions = [], channel = 'experimental' }: ClassOptions,
): Classes => {
  if (classes.length === 0) return { accepted: new Set(implicit === undefined ? [] : [implicit]), statuses: [] }
  const ours = classes.filter(({ spec }) => spec.controllerName === controllerName)
  return {
    accepted: new Set(ours.filter(({ spec }) => !spec.parametersRef).map(({ metadata }) => metadata.name)),
    statuses: ours.map(object =>
      statusOf(object, {
        conditions: observed<'GatewayClass'>(object, [acceptedOf(object), versionOf(bundleVersions)]),
        supportedFeatures: featuresOn(channel),
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

/** The one that we are made for; its patches change no field. */
const VERSION = 'v1.6'

/** "If implementations detect any Gateway API CRDs that … have it set to a version that is not recognized or supported …,
 * this condition MUST be set to false"; we then serve what we understand of them ("best effort"). */
const versionOf = (installed: readonly string[]): Condition<'GatewayClass'> => {
  const others = [...new Set(installed)].filter(version => !version.startsWith(`${VERSION}.`)).sort()
  return others.length > 0
    ? {
        type: 'SupportedVersion',
        status: 'False',
        reason: 'UnsupportedVersion',
        message: `CRDs of the Gateway API ${others.map(version => version || 'without a version').join(', ')} are installed, which is served as far as it is known; install ${VERSION}`,
      }
    : {
        type: 'SupportedVersion',
        status: 'True',
        reason: 'SupportedVersion',
        message: `The Gateway API is of version ${VERSION}`,
      }
}
