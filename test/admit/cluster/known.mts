// Where we mean to differ from a cluster, and why. Everything else is a fault of ours.
// In: an object and how the two verdicts differ. Out: the reason, if there is one.
import type { Json } from '../manifests.ts'
import type { Difference } from './verdicts.mts'

export interface Known {
  reason: string
  covers: (difference: Difference, object: Json) => boolean
}

/** All that the cluster says and we do not is of one sort, and we say nothing of our own. */
const onlyTheirs =
  (pattern: RegExp) =>
  ({ type, ours, theirs }: Difference): boolean => {
    const extra = theirs.filter(message => !ours.includes(message))
    const own = ours.filter(message => !theirs.includes(message))
    return type !== 'stored' && extra.length > 0 && own.length === 0 && extra.every(m => pattern.test(m))
  }

const both =
  (ours: RegExp, theirs: RegExp) =>
  (difference: Difference): boolean =>
    difference.ours.some(m => ours.test(m)) &&
    (difference.theirs.length === 0 || difference.theirs.some(m => theirs.test(m)))

export const KNOWN: readonly Known[] = [
  {
    reason: "which addresses, families and node ports are free is the cluster's to say",
    covers: onlyTheirs(
      /failed to allocate|is not in the valid range|provided port|nodePort: Duplicate|not configured on (this )?cluster|dual-stack/,
    ),
  },
  {
    reason: 'a cluster tells about addresses first and about the rest in another answer; we tell all at once',
    covers: ({ type, theirs }) => type === 'words' && theirs.every(m => m.startsWith('spec.clusterIPs')),
  },
  {
    reason: 'what is said to load balancers only is theirs',
    covers: onlyTheirs(/^spec\.(LoadBalancerSourceRanges|loadBalancerClass|healthCheckNodePort|allocateLoadBalancer)/),
  },
  {
    reason: 'backends of a directory live on this machine: loopback addresses are allowed',
    covers: onlyTheirs(/^endpoints\[.*may not be in the loopback range/),
  },
  {
    reason: 'what a Secret holds is in no message of ours, not even in part as in those of a JSON decoder',
    covers: both(/secret contents redacted/, /secret contents redacted/),
  },
  {
    reason: "Go's decoder takes a list of numbers for bytes",
    covers: both(/^(data|binaryData)\..* must be of type string: "array"/, /./),
  },
  {
    reason: "Go's decoder takes a null in a list for an empty text",
    covers: both(/must be of type string: "null"$/, /./),
  },
  {
    reason: 'the topology of an endpoint is deprecated, dropped by a conversion, and read by nobody here',
    covers: ({ type, ours }) => type === 'stored' && /deprecatedTopology/.test(ours[0] ?? ''),
  },
  {
    reason: 'finalizers and owners mean nothing in a directory',
    covers: onlyTheirs(/^metadata\.(finalizers|ownerReferences)/),
  },
]

export const reasonFor = (difference: Difference, object: Json): string | undefined =>
  KNOWN.find(known => known.covers(difference, object))?.reason
