// Before a plan is sent anywhere, the very module that Envoy will load reads it here: module bytes and plan bytes in, "both
// plugins can work with it" or the reason why not out. One VM for all plans, one stream for each shape of a plan (shape.ts), once.
import { DOWNSTREAM_ROOT, PLAN_METADATA, UPSTREAM_ROOT, VM_ID } from '../../filters/suite/names.ts'
import { type Chain, Host, ModuleError, type Outcome, PluginError } from '../../test/host/core/index.ts'
import { shapeOf } from './shape.ts'

export type Verdict = { ok: true } | { ok: false; reason: string }

export interface Preflight {
  check(planBytes: Uint8Array): Verdict
}

const READABLE: Verdict = { ok: true }
/** Shapes remembered: more than one world of routes, less than memory notices. */
const REMEMBERED = 32_768

export const createPreflight = (moduleBytes: Uint8Array): Preflight => {
  const verdicts = new Map<string, Verdict>()
  let plugins = load(moduleBytes)
  const check = (planBytes: Uint8Array): Verdict => {
    const key = shapeOf(planBytes)
    const known = verdicts.get(key)
    if (known) return known
    const verdict = 'reason' in plugins ? plugins : tryPlan(plugins, planBytes)
    // A trap leaves a dead VM behind.
    if (!verdict.ok && !('reason' in plugins)) plugins = load(moduleBytes)
    if (verdicts.size >= REMEMBERED) verdicts.delete(verdicts.keys().next().value!)
    verdicts.set(key, verdict)
    return verdict
  }
  return { check }
}

interface Loaded {
  host: Host
  chain: Chain
}

/** The module with both plugins configured as Envoy's bootstrap does, or why that fails: then no plan is readable. */
const load = (moduleBytes: Uint8Array): Loaded | { ok: false; reason: string } => {
  try {
    const host = Host.loadNow(moduleBytes, { logLevel: 'critical' })
    const downstream = host.plugin({ rootId: DOWNSTREAM_ROOT, vmId: VM_ID })
    const upstream = host.plugin({ rootId: UPSTREAM_ROOT, vmId: VM_ID, placement: 'upstream' })
    return { host, chain: { downstream: [downstream], upstream: [upstream] } }
  } catch (error) {
    if (error instanceof ModuleError || error instanceof PluginError) return { ok: false, reason: error.message }
    throw error
  }
}

const tryPlan = ({ host, chain }: Loaded, planBytes: Uint8Array): Verdict => {
  const outcome = host
    .chain(chain)
    .request()
    .route({ cluster: 'preflight', typedMetadata: { [PLAN_METADATA]: planBytes } })
    .sendNow()
  return verdictOf(outcome)
}

// Whatever else a plan does to this request (429, 400 for a path it does not fit) is the plan at work: only 500 says "unreadable".
const verdictOf = ({ traps, localReply, paused }: Outcome): Verdict => {
  if (traps[0]) return { ok: false, reason: `the module trapped in ${traps[0].callback}: ${traps[0].message}` }
  if (localReply && localReply.status === 500) return { ok: false, reason: localReply.body || localReply.details }
  if (paused) return { ok: false, reason: `the module holds the ${paused} for ever` }
  return READABLE
}
