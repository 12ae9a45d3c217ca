// Which bucket a request belongs to: 64 bits under a secret key, over the limit's name and the value of each part. A value
// that is missing is a bucket of its own, and so is an empty one.
import {
  ABSENT,
  equals,
  first,
  firstValue,
  indexOf,
  lastIndexOf,
  literal,
  lower,
  sipHash,
  size,
  skip,
  start,
  take,
  trim,
  View,
  view,
} from 'proxy-wasm-assemblyscript-sdk/assembly'
import { clientAddress, withoutPort } from '../../plan/assembly/client'
import { afterText, text } from '../../plan/assembly/text'
import {
  KEY_CLIENT_ADDRESS,
  KEY_COOKIE,
  KEY_HEADER,
  KEY_HOST,
  KEY_METHOD,
  KEY_PATH,
  KEY_QUERY_PARAM,
} from '../../plan/layout'
import { keyOf, nameOf } from './limit'
import { requestPairs } from './request'
import { secret0, secret1 } from './secret'

const METHOD = literal(':method')
const PATH = literal(':path')
const AUTHORITY = literal(':authority')
const COOKIE = literal('cookie')
const FORWARDED_FOR = literal('x-forwarded-for')

/** Never 0, which marks an unused slot. */
export function bucketOf(policy: View, limit: usize, trustedHops: u32): u64 {
  let hash = sipHash(policy, secret0, secret1)
  hash = sipHash(nameOf(limit), secret0 ^ hash, secret1)
  const key = keyOf(limit)
  let at = key + 1
  for (let i = load<u8>(key); i > 0; i--) {
    const type = <i32>load<u8>(at)
    const value = valueOf(type, text(at + 1), trustedHops)
    const tag = <u64>type | (value == ABSENT ? 0x100 : 0)
    hash = sipHash(value, secret0 ^ hash, secret1 ^ tag)
    at = afterText(at + 1)
  }
  return hash ? hash : 1
}

function valueOf(type: i32, name: View, trustedHops: u32): View {
  switch (type) {
    case KEY_HEADER:
      return firstValue(requestPairs(), name)
    case KEY_CLIENT_ADDRESS:
      return originalClient(trustedHops)
    case KEY_PATH:
      return pathOnly()
    case KEY_METHOD:
      return firstValue(requestPairs(), METHOD)
    case KEY_HOST:
      return hostOnly()
    case KEY_QUERY_PARAM:
      return queryParam(name)
    case KEY_COOKIE:
      return cookie(name)
    default:
      return ABSENT
  }
}

/**
 * Without trusted hops, the peer. With N, the last N entries of x-forwarded-for are ours (Envoy appends the peer to it) and
 * the one before them is the client; whoever came past fewer hops counts as the peer. Entries further left are hearsay.
 */
function originalClient(trustedHops: u32): View {
  if (trustedHops > 0) {
    let list = firstValue(requestPairs(), FORWARDED_FOR)
    for (let hop: u32 = 0; list != ABSENT && hop < trustedHops; hop++) {
      const comma = lastIndexOf(list, 0x2c)
      list = comma < 0 ? ABSENT : first(list, comma)
    }
    if (list != ABSENT) return trim(skip(list, lastIndexOf(list, 0x2c) + 1))
  }
  return clientAddress()
}

function pathOnly(): View {
  const path = firstValue(requestPairs(), PATH)
  if (path == ABSENT) return ABSENT
  const query = indexOf(path, 0x3f)
  return query < 0 ? path : first(path, query)
}

/** In lower case and without port: neither makes another host. */
function hostOnly(): View {
  const authority = firstValue(requestPairs(), AUTHORITY)
  if (authority == ABSENT) return ABSENT
  const host = withoutPort(authority)
  const at = take(<usize>size(host))
  if (!at) return host
  for (let i: usize = 0; i < <usize>size(host); i++) store<u8>(at + i, lower(load<u8>(start(host) + i)))
  return view(at, size(host))
}

/** The first value of that name, as it came: nothing is decoded. A name without `=` has an empty value. */
function queryParam(name: View): View {
  const path = firstValue(requestPairs(), PATH)
  const query = path == ABSENT ? -1 : indexOf(path, 0x3f)
  return query < 0 ? ABSENT : namedIn(skip(path, query + 1), 0x26, name)
}

function cookie(name: View): View {
  const cookies = firstValue(requestPairs(), COOKIE)
  return cookies == ABSENT ? ABSENT : namedIn(cookies, 0x3b, name)
}

/** The value of the first `name=value` in a list. */
function namedIn(list: View, separator: u8, name: View): View {
  let rest = list
  let to = 0
  while (to >= 0) {
    to = indexOf(rest, separator)
    const item = trim(to < 0 ? rest : first(rest, to))
    const sign = indexOf(item, 0x3d)
    if (equals(sign < 0 ? item : first(item, sign), name)) return skip(item, sign < 0 ? size(item) : sign + 1)
    rest = skip(rest, to + 1)
  }
  return ABSENT
}
