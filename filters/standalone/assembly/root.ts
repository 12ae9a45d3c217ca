// The configurations of a module that is configured by hand: operations for requests and for responses by root, and each
// stream bound to those of its root. A configuration with a fault is refused with one log line, and the old one stays.
import {
  ABSENT,
  beginCallback,
  beginLine,
  bind,
  bound,
  endLine,
  field,
  giveBack,
  jsonFailed,
  jsonFault,
  keep,
  Level,
  literal,
  obtain,
  start,
  unbind,
  View,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { beginRecord, continueRecord } from '../../plan/assembly/record'
import { attempt } from '../../plan/assembly/request'
import { hasOverflown } from './writer'

@unmanaged
export class Configuration {
  root: u32
  /** For metrics and records. */
  name: View
  request: View
  response: View
  /** Requests since an attempt was last numbered, and since a record was last found: see `isDue`. */
  attempts: u32
  records: u32
}

const REFUSED = literal('sluice: configuration refused')
const FAULT = literal('fault')
const TOO_LARGE = literal('the configuration is too large')

export function refuse(fault: View): i32 {
  beginLine(REFUSED)
  field(FAULT, fault)
  endLine(Level.Error)
  return 0
}

/**
 * Takes up what was read from JSON; `ABSENT` lists are empty. What `proxy_on_configure` is to return. Only `writer.ts` has
 * written the operations: their lengths are right, and nothing behind this looks at them again.
 */
export function configure(root: u32, name: View, request: View, response: View): i32 {
  if (jsonFailed) return refuse(jsonFault())
  const at = hasOverflown ? 0 : obtain(offsetof<Configuration>())
  if (!at) return refuse(TOO_LARGE)
  const configuration = changetype<Configuration>(at)
  configuration.root = root
  configuration.name = keep(name)
  configuration.request = keep(request)
  configuration.response = keep(response)
  bind(root, at)
  return 1
}

/** A callback of the module, as it is: streams get what their root has. */
export function proxy_on_context_create(context: u32, root: u32): void {
  if (root) bind(context, bound(root))
}

/** Begins the request callback of a stream: its configuration, or 0 when there is nothing to do, as on a retry. */
export function beginRequest(stream: u32): usize {
  const at = bound(stream)
  if (!at) return 0
  const configuration = changetype<Configuration>(at)
  if (configuration.request == ABSENT) return 0
  beginCallback()
  if (isDue(configuration.attempts++)) {
    const number = attempt()
    if (number > 0) configuration.attempts = 0
    if (number > 1) return 0
  }
  if (!isDue(configuration.records++)) beginRecord(configuration.name)
  else if (continueRecord(configuration.name)) configuration.records = 0
  return at
}

/**
 * What Envoy is asked for at 0.7 microseconds a request, and a root finds always or never: the number of the attempt is known
 * behind the router only, an earlier record only behind another of these modules. Asked for until it was missing 64 times
 * running, and then every 64th time.
 */
function isDue(misses: u32): bool {
  return misses < 64 || (misses & 63) == 0
}

/** A callback of the module, as it is, unless the module has more to forget. */
export function proxy_on_delete(context: u32): void {
  const at = unbind(context)
  if (!at) return
  const configuration = changetype<Configuration>(at)
  if (configuration.root != context) return
  giveBack(start(configuration.name))
  if (configuration.request != ABSENT) giveBack(start(configuration.request))
  if (configuration.response != ABSENT) giveBack(start(configuration.response))
  giveBack(at)
}
