// fast-check arbitraries for what comes at a filter: header names and values as bytes, maps, paths, bodies, whole requests.
import fc from 'fast-check'
import type { Data } from '../core/index.ts'

const TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"

/** An RFC 9110 token in lower case, as Envoy keeps names. */
export const headerName = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('accept', 'cookie', 'user-agent', 'x-forwarded-for', 'content-type', 'x-request-id', 'x-a', 'x-b'),
    fc.string({ unit: fc.constantFrom(...TOKEN), minLength: 1, maxLength: 20 }),
  )

/** Any bytes that HTTP lets stand in a value: visible ASCII, blanks inside, 0x80 and above. */
export const headerValue = (): fc.Arbitrary<Uint8Array> =>
  fc
    .array(
      fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 0x21, max: 0x7e }) },
        fc.constant(0x20),
        fc.integer({ min: 0x80, max: 0xff }),
      ),
      { maxLength: 64 },
    )
    .map(bytes => Uint8Array.from(bytes))

/** Bytes that must never go out: control characters among others. */
export const hostileValue = (): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.oneof(fc.constantFrom(0, 10, 13, 9, 127), fc.integer({ min: 0, max: 255 })), { maxLength: 64 })
    .map(bytes => Uint8Array.from(bytes))

/** Pairs in order, names repeated now and then. */
export const headers = (): fc.Arbitrary<[string, Uint8Array][]> =>
  fc.array(fc.tuple(headerName(), headerValue()), { maxLength: 12 })

const segment = (): fc.Arbitrary<string> =>
  fc.oneof(fc.constantFrom('', 'a', 'foo', '.', '..', '%2e%2e', '%2F', 'a%20b', ';x=1'), fc.webSegment())

/** A path with the corners that rewriting stumbles over; starts with a slash. */
export const path = (): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(segment(), { maxLength: 5 }), fc.option(fc.webQueryParameters(), { nil: undefined }))
    .map(([segments, query]) => `/${segments.join('/')}${query === undefined ? '' : `?${query}`}`)

export const method = (): fc.Arbitrary<string> =>
  fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH')

/** Chunks of a body. */
export const body = (): fc.Arbitrary<Uint8Array[]> =>
  fc.array(fc.uint8Array({ minLength: 1, maxLength: 2000 }), { maxLength: 4 })

export interface ArbitraryRequest {
  headers: [Data, Data][]
  body: Uint8Array[]
}

/** A whole request, as `plugin.request(headers).body(...body)` takes it. */
export const request = (): fc.Arbitrary<ArbitraryRequest> =>
  fc
    .tuple(method(), path(), fc.constantFrom('example.com', 'a.example:8080', '[::1]:80'), headers(), body())
    .map(([verb, target, authority, rest, chunks]) => ({
      headers: [[':method', verb], [':path', target], [':authority', authority], [':scheme', 'http'], ...rest],
      body: verb === 'GET' || verb === 'HEAD' ? [] : chunks,
    }))

/** Any JSON a plugin may be configured with. */
export const configuration = (): fc.Arbitrary<string> =>
  fc.oneof(fc.json(), fc.string(), fc.constantFrom('', '{', '[]', 'null'))
