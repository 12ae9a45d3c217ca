// What a Gateway needs beside configuration: an Envoy, an address, an identity. In: the Gateways that are served. Out:
// the addresses that they have. Behind it: processes of one machine (process/); a Deployment for each Gateway fits in.
import type { KubeObject } from '../model/object.ts'
import type { GatewayAddresses } from '../translate/placement.ts'

/** A Gateway of ours. */
export interface Claimant {
  /** `namespace/name`. */
  id: string
  gateway: KubeObject
  /** Values of `spec.addresses` that are set. */
  asked: readonly string[]
}

/** One that is served, and what is made for it. */
export interface GatewayNeeds extends Claimant {
  /** Ports that its listeners, and those of its ListenerSets, have; sorted. */
  ports: readonly { port: number; protocol: 'TCP' | 'UDP' }[]
  /** `spec.infrastructure`: for everything that is made for the Gateway. */
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
}

export interface Infrastructure {
  /**
   * Which addresses Gateways have, by `namespace/name`: a pure look at what has been written down, the same for every
   * replica. A Gateway that is not in it has none yet.
   */
  addresses(claimants: readonly Claimant[]): ReadonlyMap<string, GatewayAddresses>
  /** Only the leader calls it, with all Gateways that are served; others' infrastructure is taken down. Never blocks. */
  want(needs: readonly GatewayNeeds[]): void
  /** Whether what an Envoy shows says that it is the one of this Gateway. */
  admits(id: string, token: string): Promise<boolean>
  /** Runs until the signal. What has been made stays. */
  run(signal: AbortSignal): Promise<void>
}
