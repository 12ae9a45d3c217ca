// What the texts of a readable plan may hold, for plans that no controller of ours has written: the same rules as
// `../check.ts`. A plan with a byte that could end a line, a name that frames or routes a message, or a host that is none is
// treated as unreadable. One table lookup a byte, as it runs for every request.
import { end, equals, size, start, View } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { isHexDigit, isHostByte, isTokenByte, isValueByte } from '../charset'
import {
  EDIT_REMOVE,
  MAX_NAME,
  MAX_VALUE,
  OPERATION_HEADERS,
  OPERATION_MIRROR,
  OPERATION_MUTATE,
  OPERATION_RATE_LIMIT,
  OPERATION_REWRITE,
  PLAN_HEADER,
  REWRITE_HEADER,
  REWRITE_HOST,
  SECTION_CLUSTER_REQUEST,
  SECTION_CLUSTER_RESPONSE,
  SECTION_HEADER,
  SECTION_RULE,
  SOURCE_HEADER,
} from '../layout'
import { endOf, kindOf, payloadOf, policyOf } from './operation'
import { isForbidden } from './rules'
import { afterText, text } from './text'
import { nameOf, nextLimit } from '../../rate-limit/assembly/limit'

/** Which classes a byte belongs to. */
const TOKEN: u8 = 1
const VALUE: u8 = 2
const HOST: u8 = 4
/** Of objects, rules and clusters: printable ASCII that needs no escape in a record or in a metric's name. */
const NAME: u8 = 8
const classes: usize = memory.data(256)

for (let byte = 0; byte < 256; byte++) {
  const isName = byte > 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c && byte != 0x3b
  store<u8>(
    classes + <usize>byte,
    <u8>(
      ((isTokenByte(byte) ? TOKEN : 0) |
        (isValueByte(byte) ? VALUE : 0) |
        (isHostByte(byte) ? HOST : 0) |
        (isName ? NAME : 0))
    ),
  )
}

/** `plan` has passed `isReadable`. */
export function isHarmless(plan: View): bool {
  const to = end(plan)
  let at = start(plan) + PLAN_HEADER
  while (at < to) {
    const kind = <i32>load<u8>(at)
    const body = at + SECTION_HEADER
    at = body + <usize>load<u32>(at, 2)
    const isNamed = kind == SECTION_RULE || kind == SECTION_CLUSTER_REQUEST || kind == SECTION_CLUSTER_RESPONSE
    if (isNamed && !isName(text(body))) return false
    if (kind == SECTION_RULE || kind > SECTION_CLUSTER_RESPONSE) continue
    for (let operation = isNamed ? afterText(body) : body; operation < at; operation = endOf(operation))
      if (!isName(policyOf(operation)) || !isHarmlessOperation(operation)) return false
  }
  return true
}

function isHarmlessOperation(operation: usize): bool {
  const payload = payloadOf(operation)
  switch (kindOf(operation)) {
    case OPERATION_HEADERS:
      return areEdits(payload, endOf(operation))
    case OPERATION_MUTATE:
      return areMutations(payload, endOf(operation))
    case OPERATION_REWRITE:
      return isRewrite(payload)
    case OPERATION_MIRROR:
      return isMirror(payload + 16, endOf(operation))
    case OPERATION_RATE_LIMIT:
      return areLimits(payload + 4, endOf(operation))
    default:
      return true
  }
}

/** Paths are checked when they are known: most depend on the request. */
function isRewrite(payload: usize): bool {
  const parts = load<u8>(payload)
  if (parts & <u8>REWRITE_HOST && !isHost(text(payload + 1))) return false
  return !(parts & <u8>REWRITE_HEADER) || isToken(text(afterText(payload + 1)))
}

/** The cluster; behind it nothing, or the header to sample by and the edits of the copy. */
function isMirror(cluster: usize, to: usize): bool {
  const more = afterText(cluster)
  if (!isName(text(cluster))) return false
  if (more == to) return true
  return (size(text(more)) == 0 || isToken(text(more))) && areEdits(afterText(more), to)
}

/** Each with a name of its own: two of one name would be one bucket. */
function areLimits(from: usize, to: usize): bool {
  for (let limit = from; limit < to; limit = nextLimit(limit)) {
    const name = nameOf(limit)
    if (!isToken(name)) return false
    for (let other = from; other < limit; other = nextLimit(other)) if (equals(nameOf(other), name)) return false
  }
  return true
}

/** u8 action · u8 source · name · argument · expression · program · template */
function areMutations(from: usize, to: usize): bool {
  let at = from
  while (at < to) {
    const action = load<u8>(at)
    const source = load<u8>(at, 1)
    const name = text(at + 2)
    const argumentAt = afterText(at + 2)
    const templateAt = afterText(afterText(afterText(argumentAt)))
    if (!isToken(name) || isForbidden(name)) return false
    at = afterText(templateAt)
    if (action == <u8>EDIT_REMOVE) continue
    const argument = text(argumentAt)
    if (source == <u8>SOURCE_HEADER ? !isToken(argument) : !isValue(argument)) return false
    if (!isValue(text(templateAt))) return false
  }
  return true
}

function areEdits(from: usize, to: usize): bool {
  let at = from
  while (at < to) {
    const name = text(at + 1)
    const value = text(afterText(at + 1))
    if (!isToken(name) || isForbidden(name) || !isValue(value)) return false
    at = end(value)
  }
  return true
}

// @ts-ignore: decorator
@inline
function allOf(bytes: View, wanted: u8): bool {
  const to = end(bytes)
  for (let at = start(bytes); at < to; at++) if (!(load<u8>(classes + <usize>load<u8>(at)) & wanted)) return false
  return true
}

function isValue(value: View): bool {
  return size(value) <= MAX_VALUE && allOf(value, VALUE)
}

function isToken(name: View): bool {
  return size(name) > 0 && size(name) <= MAX_NAME && allOf(name, TOKEN)
}

function isName(name: View): bool {
  return size(name) <= 2 * MAX_NAME && allOf(name, NAME)
}

/** RFC 3986, 3.2.2, with or without port: a registered name, an IPv4 address, or an IP literal in brackets. */
function isHost(host: View): bool {
  let to = end(host)
  if (size(host) == 0 || size(host) > MAX_NAME) return false
  let port = to
  while (port > start(host) && load<u8>(port - 1) >= 0x30 && load<u8>(port - 1) <= 0x39) port--
  if (port < to && port - 1 > start(host) && load<u8>(port - 1) == 0x3a) to = port - 1
  let at = start(host)
  if (load<u8>(at) == 0x5b) {
    if (to - at < 3 || load<u8>(to - 1) != 0x5d) return false
    for (at++; at < to - 1; at++) {
      const byte = <i32>load<u8>(at)
      if (!isHexDigit(byte) && byte != 0x3a && byte != 0x2e) return false
    }
    return true
  }
  for (; at < to; at++) {
    if (load<u8>(classes + <usize>load<u8>(at)) & HOST) continue
    if (load<u8>(at) != 0x25 || to - at < 3 || !isHexDigit(load<u8>(at, 1)) || !isHexDigit(load<u8>(at, 2))) return false
  }
  return true
}
