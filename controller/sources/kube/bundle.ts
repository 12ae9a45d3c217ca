// Which Gateway API is installed: what its CRDs say of themselves. In: an API server. Out: the versions and the channel in
// the annotations of those CRDs that we read, looked at again every half minute: an upgrade changes nothing else that
// could be watched without the right to list all CRDs.
import { KINDS } from '../../model/kinds.ts'
import type { Channel } from '../../model/schemas.ts'
import { type ApiClient, isMissing } from './api.ts'
import { pause } from './backoff.ts'

export interface Bundle {
  /** Sorted, each once; empty for a CRD that does not say. */
  versions: readonly string[]
  /** The standard one as soon as one CRD is of it: fields of the other cannot be relied on. */
  channel: Channel
}

export interface BundleOptions {
  /** Something has become known, or is different now. */
  onChange(): void
  failed(error: unknown): void
  everyMs?: number
}

export interface BundleReader {
  /** False until the CRDs have been looked at once, also when that failed. */
  readonly isRead: boolean
  /** Undefined while nothing is known. */
  readonly bundle: Bundle | undefined
  /** Runs until the signal. */
  run(signal: AbortSignal): Promise<void>
}

const PLURALS = [
  'backendtlspolicies',
  'gatewayclasses',
  'gateways',
  'grpcroutes',
  'httproutes',
  'listenersets',
  'referencegrants',
  'tcproutes',
  'tlsroutes',
  'udproutes',
]
const { group } = KINDS.Gateway
const VERSION = `${group}/bundle-version`
const CHANNEL = `${group}/channel`
/** A CRD is large, its metadata are not. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

type Annotations = Readonly<Record<string, string>>

export const bundleOf = (crds: readonly Annotations[]): Bundle | undefined => {
  if (crds.length === 0) return undefined
  const versions = [...new Set(crds.map(annotations => annotations[VERSION] ?? ''))].sort()
  const isExperimental = crds.every(annotations => annotations[CHANNEL] === 'experimental')
  return { versions, channel: isExperimental ? 'experimental' : 'standard' }
}

export const bundleReader = (client: ApiClient, options: BundleOptions): BundleReader => {
  let bundle: Bundle | undefined
  let isRead = false
  let isFailing = false

  const annotationsOf = async (plural: string, signal: AbortSignal): Promise<Annotations[]> => {
    try {
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${group}`
      const { body } = await client.request('GET', path, { accept: METADATA_ONLY, signal, timeoutMs: 5_000 })
      return [(body as { metadata: { annotations?: Annotations } }).metadata.annotations ?? {}]
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }

  const look = async (signal: AbortSignal): Promise<void> => {
    const before = JSON.stringify([isRead, bundle])
    try {
      const crds = await Promise.all(PLURALS.map(plural => annotationsOf(plural, signal)))
      bundle = bundleOf(crds.flat())
      isFailing = false
    } catch (error) {
      if (!isFailing && !signal.aborted) options.failed(error)
      isFailing = true
    }
    isRead = true
    if (JSON.stringify([isRead, bundle]) !== before) options.onChange()
  }

  return {
    get isRead() {
      return isRead
    },
    get bundle() {
      return bundle
    },
    run: async signal => {
      while (!signal.aborted) {
        await look(signal)
        await pause(isFailing ? 3_000 : (options.everyMs ?? 30_000), signal)
      }
    },
  }
}
