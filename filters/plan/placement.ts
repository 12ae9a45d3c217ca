// Which of the two plugins a plan needs: only those are enabled on its route, as a filter that runs costs time even when
// it finds nothing to do.
import type { Plan } from './plan.ts'

export interface Placement {
  downstream: boolean
  upstream: boolean
}

export const placementOf = ({ downstream, upstream, clusters }: Plan): Placement => ({
  downstream: downstream.request.length + downstream.response.length > 0,
  upstream:
    upstream.request.length + upstream.response.length > 0 ||
    clusters.some(({ request, response }) => request.length + response.length > 0),
})
