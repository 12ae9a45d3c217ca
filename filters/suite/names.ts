// The names that the controller, Envoy's bootstrap and the module have to agree on. Portable: AssemblyScript compiles this
// file, too.

/** Where a route carries its plan: `route.metadata.typed_filter_metadata[PLAN_METADATA]`, a `google.protobuf.BytesValue`. */
export const PLAN_METADATA = 'sluice.dev/plan'

/** Which half of the module a plugin runs; any other root id is refused at configuration. */
export const DOWNSTREAM_ROOT = 'sluice.downstream'
export const UPSTREAM_ROOT = 'sluice.upstream'

/** Of all plugins. Never changes: counters in shared data belong to it. */
export const VM_ID = 'sluice'

/** The module in `dist/`. */
export const SUITE_MODULE = 'suite.wasm'

/** Filter state that holds the decision record; an access log prints it with `DECISION_FORMAT`. */
export const DECISION_STATE = 'sluice'
export const DECISION_FORMAT = '%FILTER_STATE(wasm.sluice:PLAIN)%'

/** Metrics; `metrics.ts` says how Envoy makes labels of what follows the name. */
export const DECISIONS_METRIC = 'sluice_decisions_total'
export const EVICTIONS_METRIC = 'sluice_rate_limit_evictions_total'
export const MIRROR_DROPPED_METRIC = 'sluice_mirror_dropped_total'

/** Filters add counts up and hand them to Envoy this often. */
export const HAND_OVER_MILLISECONDS = 1000
