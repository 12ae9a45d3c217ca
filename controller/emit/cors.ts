// The IR's cross-origin rules in, the policy of Envoy's CORS filter out.
import { packAny } from '../../envoy/schema/any.ts'
import type { Any, StringMatcher } from '../../envoy/schema/envoy.gen.ts'
import type { Cors } from '../ir/ir.ts'

export const CORS_FILTER = 'envoy.filters.http.cors'

export const corsPolicy = (cors: Cors): Any =>
  packAny('envoy.extensions.filters.http.cors.v3.CorsPolicy', {
    allowOriginStringMatch: cors.origins.map(originMatcher),
    ...(cors.methods.length > 0 ? { allowMethods: cors.methods.join(', ') } : {}),
    ...(cors.headers.length > 0 ? { allowHeaders: cors.headers.join(', ') } : {}),
    ...(cors.exposeHeaders.length > 0 ? { exposeHeaders: cors.exposeHeaders.join(', ') } : {}),
    ...(cors.credentials ? { allowCredentials: true } : {}),
    maxAge: String(cors.maxAgeSeconds),
    // A preflight that may not pass is answered here, without the headers that would let it.
    forwardNotMatchingPreflights: false,
  })

/** `*` is "a greedy match to the left" (HTTPCORSFilter.allowOrigins): any characters that a host can have. */
const originMatcher = (origin: string): StringMatcher => {
  if (origin === '*') return { safeRegex: { regex: '.*' } }
  if (!origin.includes('*')) return { exact: origin }
  const parts = origin.split('*').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return { safeRegex: { regex: parts.join('[^/]*') } }
}
