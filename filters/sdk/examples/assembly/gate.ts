// A filter with a configuration: `{"header": "x-key", "value": "secret"}` answers 403 to requests without that header, counts
// and logs them. It shows what most filters need: roots that come and go, a strict reader, a metric with labels, a log line.
import {
  ABSENT,
  Action,
  beginCallback,
  beginLine,
  beginMetric,
  bind,
  bound,
  Buffer,
  buffer,
  closeJson,
  endLine,
  endMetric,
  enterObject,
  equals,
  failMember,
  field,
  giveBack,
  GRPC_DERIVED,
  header,
  Headers,
  incrementMetric,
  jsonFailed,
  jsonFault,
  jsonKey,
  keep,
  label,
  Level,
  literal,
  Metric,
  nextKey,
  NO_PAIRS,
  obtain,
  openJson,
  readString,
  sendLocalReply,
  start,
  unbind,
  unknownKey,
  View,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
export { malloc, proxy_abi_version_0_2_1 } from 'proxy-wasm-assemblyscript-sdk/assembly'

const HEADER = literal('header')
const VALUE = literal('value')
const MISSING = literal('is missing')
const LINE = literal('gate: configuration refused')
const FAULT = literal('fault')
const BODY = literal('No entry\n')
const DETAILS = literal('gate_closed')
const REFUSED = literal('gate_refused_total')
const NAME = literal('header')

/** One for each configuration: old streams keep theirs while a new one is taken up. */
@unmanaged
class Gate {
  /** The root whose configuration it is: it goes when that goes. */
  root: u32
  refused: u32
  name: View
  value: View
}

export function proxy_on_configure(root: u32, size: i32): i32 {
  beginCallback()
  let name = ABSENT
  let value = ABSENT
  openJson(buffer(Buffer.PluginConfiguration, 0, size))
  if (enterObject()) {
    while (nextKey()) {
      if (equals(jsonKey, HEADER)) name = readString()
      else if (equals(jsonKey, VALUE)) value = readString()
      else unknownKey()
    }
    if (name == ABSENT) failMember(HEADER, MISSING)
    if (value == ABSENT) failMember(VALUE, MISSING)
  }
  closeJson()
  if (jsonFailed) {
    beginLine(LINE)
    field(FAULT, jsonFault())
    endLine(Level.Error)
    return 0
  }
  beginMetric(REFUSED)
  label(NAME, name)
  const gate = changetype<Gate>(obtain(offsetof<Gate>()))
  gate.root = root
  gate.refused = endMetric(Metric.Counter)
  gate.name = keep(name)
  gate.value = keep(value)
  bind(root, changetype<usize>(gate))
  return 1
}

export function proxy_on_context_create(context: u32, root: u32): void {
  if (root) bind(context, bound(root))
}

export function proxy_on_request_headers(stream: u32, _count: i32, _isEnd: i32): i32 {
  const at = bound(stream)
  if (!at) return Action.Continue
  beginCallback()
  const gate = changetype<Gate>(at)
  const value = header(Headers.Request, gate.name)
  if (value != ABSENT && equals(value, gate.value)) return Action.Continue
  incrementMetric(gate.refused, 1)
  sendLocalReply(403, DETAILS, BODY, NO_PAIRS, GRPC_DERIVED)
  return Action.Pause
}

export function proxy_on_delete(context: u32): void {
  const at = unbind(context)
  if (!at || changetype<Gate>(at).root != context) return
  giveBack(start(changetype<Gate>(at).name))
  giveBack(start(changetype<Gate>(at).value))
  giveBack(at)
}
