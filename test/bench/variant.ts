// What is measured: one job done in one way, as pieces of an Envoy configuration. The jobs say which ways there are.
import type { Plan } from '../../filters/plan/plan.ts'
import { PLAN_METADATA } from '../../filters/suite/names.ts'
import { bytesOf } from '../filters/suite.ts'
import type { Rival } from './rivals/build.ts'

export type OurModule = 'headers' | 'mirror' | 'rate-limit' | 'rewrite' | 'suite'

/** Files of the modules that take part; a rival that could not be built has none. */
export interface Modules {
  ours: Record<OurModule, string>
  rivals: ReadonlyMap<Rival, string>
}

export interface Variant {
  job: string
  who: string
  /** What answers: Envoy itself, or a backend behind it. Each has a floor of its own, without filters. */
  answers: 'directly' | 'by backend'
  /** HTTP filters in front of the router. */
  downstream?: object[]
  /** HTTP filters of the cluster. */
  upstream?: object[]
  /** More of the RouteAction. */
  action?: object
  /** More of the route. */
  route?: object
  /** Executed by the suite, both plugins in place as the controller emits them. */
  plan?: Plan
  /** Streams that are under way all the time beside those that are measured. */
  held?: number
  /** Headers of the answer that prove that the job is done; an empty value: the header is absent. */
  shows?: Record<string, string>
  /** A copy of each request goes to the cluster `mirror`. */
  mirrors?: boolean
}

/** `JOB: WHO` */
export const keyOf = ({ job, who }: { job: string; who: string }): string => `${job}: ${who}`

/** A rival's variant, if the rival could be built. */
export function ifBuilt(modules: Modules, rival: Rival, make: (file: string) => Variant): Variant[] {
  const file = modules.rivals.get(rival)
  return file === undefined ? [] : [make(file)]
}

/** For modules of ours beside rivals that write no decision record either. */
export const NO_RECORD = { record: 'None' }

const TYPE = 'type.googleapis.com/'
export const FILTERS = `${TYPE}envoy.extensions.filters.http.`

/** A module that is configured by hand, or not at all. Each has its own VM. */
export const wasm = (file: string, root: string, vm: string, configuration?: object): object => ({
  name: `wasm.${vm}`,
  typed_config: {
    '@type': `${FILTERS}wasm.v3.Wasm`,
    config: {
      name: vm,
      root_id: root,
      failure_policy: 'FAIL_RELOAD',
      vm_config: { vm_id: vm, runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: file } } },
      ...(configuration && {
        configuration: { '@type': `${TYPE}google.protobuf.StringValue`, value: JSON.stringify(configuration) },
      }),
    },
  },
})

/** Static code; edits do not make Envoy choose the route again. */
export const lua = (source: string): object => ({
  name: 'lua',
  typed_config: {
    '@type': `${FILTERS}lua.v3.Lua`,
    default_source_code: { inline_string: source },
    clear_route_cache: false,
  },
})

/** What a route that has the plan carries. */
export const planMetadata = (plan: Plan): object => {
  const value = Buffer.from(bytesOf(plan)).toString('base64')
  const bytes = { '@type': `${TYPE}google.protobuf.BytesValue`, value }
  return { metadata: { typed_filter_metadata: { [PLAN_METADATA]: bytes } } }
}
