// A CORS filter in, the IR's cross-origin rules out.
import type { Cors } from '../ir/ir.ts'
import type { HTTPCORSFilter } from '../model/kinds.ts'

export const corsOf = (filter: HTTPCORSFilter): Cors => ({
  origins: [...(filter.allowOrigins ?? [])],
  methods: [...(filter.allowMethods ?? [])],
  headers: [...(filter.allowHeaders ?? [])],
  exposeHeaders: [...(filter.exposeHeaders ?? [])],
  credentials: filter.allowCredentials ?? false,
  maxAgeSeconds: filter.maxAge,
})
