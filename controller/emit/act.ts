// An IR forward in, Envoy's route action out.
import type {
  RetryPolicy,
  RouteAction,
  RouteAction_RequestMirrorPolicy,
  WeightedCluster_ClusterWeight,
} from '../../envoy/schema/envoy.gen.ts'
import type { Forward, Retry, Target } from '../ir/ir.ts'

/** A cluster that never exists: its share of the requests gets an error. */
export const NO_CLUSTER = 'sluice.invalid'

/** `extras` is what one backend's share carries on top. */
export const routeAction = (
  forward: Forward,
  extras: (cluster: string) => Partial<WeightedCluster_ClusterWeight>,
): RouteAction => {
  const { timeouts, retry } = forward
  const retryPolicy = retryPolicyOf(retry, timeouts.backend)
  return {
    ...clusters(forward.to, extras),
    // Absent, Envoy's default would be 15 s.
    timeout: seconds(timeouts.request ?? 0),
    ...idleTimeout(timeouts.request),
    ...(retryPolicy ? { retryPolicy } : {}),
    ...(forward.copies ? { requestMirrorPolicies: forward.copies.map(mirrorPolicy) } : {}),
  }
}

const mirrorPolicy = ({ backend, perMillion }: Copy): RouteAction_RequestMirrorPolicy => ({
  cluster: backend,
  runtimeFraction: { defaultValue: { numerator: perMillion, denominator: 'MILLION' } },
  // The copy is for the host that the request is for (HTTPRequestMirrorFilter says nothing of another).
  disableShadowHostSuffixAppend: true,
})

type Copy = NonNullable<Forward['copies']>[number]

export const seconds = (milliseconds: number): string => `${milliseconds / 1000}s`

const clusters = (
  to: readonly Target[],
  extras: (cluster: string) => Partial<WeightedCluster_ClusterWeight>,
): RouteAction => {
  const [only] = to
  if (to.length === 1 && only && 'backend' in only) return { cluster: only.backend }
  return {
    weightedClusters: {
      clusters: to.map(target =>
        'backend' in target
          ? { name: target.backend, weight: target.weight, ...extras(target.backend) }
          : { name: NO_CLUSTER, weight: target.weight },
      ),
    },
    ...(to.some(target => 'status' in target && target.status === 500)
      ? { clusterNotFoundResponseCode: 'INTERNAL_SERVER_ERROR' as const }
      : {}),
  }
}

/** The connection manager ends a stream that is silent for 5 minutes, which must not cut a longer timeout short. */
const CONNECTION_IDLE = 300_000

const idleTimeout = (request: number | undefined): Pick<RouteAction, 'idleTimeout'> =>
  request !== undefined && (request === 0 || request > CONNECTION_IDLE) ? { idleTimeout: seconds(request) } : {}

/**
 * "SHOULD retry on connection errors (disconnect, reset, timeout, TCP failure) if a retry stanza is configured"
 * (HTTPRouteRetry). Envoy applies the timeout of an attempt without retries, too.
 */
const retryPolicyOf = (retry: Retry | undefined, backendTimeout: number | undefined): RetryPolicy | undefined => {
  const perTry = backendTimeout ? { perTryTimeout: seconds(backendTimeout) } : {}
  if (!retry) return backendTimeout ? { numRetries: 0, ...perTry } : undefined
  const { attempts, statuses, backoff } = retry
  return {
    retryOn: [
      'connect-failure',
      'refused-stream',
      'reset',
      ...(statuses.length > 0 ? ['retriable-status-codes'] : []),
    ].join(','),
    numRetries: attempts,
    ...perTry,
    ...(statuses.length > 0 ? { retriableStatusCodes: statuses } : {}),
    ...(backoff ? { retryBackOff: { baseInterval: seconds(backoff), maxInterval: seconds(backoff * 10) } } : {}),
  }
}
