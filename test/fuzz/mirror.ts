// Mirroring: our operations against `request_mirror_policies`, after the same header edit and rewrite on both sides.
import { isDeepStrictEqual } from 'node:util'
import type { MirrorOp, UpstreamRequestOp } from '../../filters/plan/plan.ts'
import { emptyPlan } from '../filters/suite.ts'
import { DIFFERENCES, without } from './differences.ts'
import type { Random } from './random.ts'
import { isSampled } from './sample.ts'
import { smallerLists } from './shrink.ts'
import type { Outcome, Request, Subject } from './subject.ts'
import { viewOf } from './view.ts'

export interface MirrorConfig {
  /** Clusters that get a copy of so many requests in a hundred. */
  mirrors: { cluster: string; percent: number }[]
  /** The header that says which ones. */
  sampleBy: 'x-request-id' | 'x-user'
  /** Set on the request before it is copied. */
  edit?: { name: string; value: string }
  fullPath?: string
}

/** Of 0 to 11 bytes; few, as the native side lists them in an expression, whose size Envoy bounds. */
const IDS = [...Array.from({ length: 12 }, (_, i) => String.fromCharCode(0x61 + i).repeat(i)), ...'0123456789']

const idOf = ({ sampleBy }: MirrorConfig, { headers }: Request): string =>
  headers.find(([name]) => name === sampleBy)?.[1] ?? ''

const sampled = ({ mirrors }: MirrorConfig, id: string): string[] =>
  mirrors.flatMap(({ cluster, percent }, index) => (isSampled(id, index, percent) ? [cluster] : []))

function operations({ mirrors, sampleBy, edit, fullPath }: MirrorConfig): UpstreamRequestOp[] {
  return [
    ...mirrors.map(
      ({ cluster, percent }): MirrorOp => ({
        type: 'Mirror',
        policy: 'fuzz/mirror',
        cluster,
        fraction: { numerator: percent, denominator: 100 },
        timeoutMs: 10_000,
        ...(sampleBy === 'x-user' ? { sampleBy } : {}),
      }),
    ),
    ...(edit ? [{ type: 'Headers' as const, policy: 'fuzz/edit', set: [edit], add: [], remove: [] }] : []),
    ...(fullPath !== undefined
      ? [
          {
            type: 'Rewrite' as const,
            policy: 'fuzz/rewrite',
            path: { type: 'ReplaceFullPath' as const, value: fullPath },
          },
        ]
      : []),
  ]
}

const body = (random: Random): string =>
  random.once(2)
    ? ''
    : random.once(10)
      ? 'body\0\r\n\xff'.repeat(random.below(4000))
      : random.list(1, 60, () => String.fromCharCode(random.below(256))).join('')

/** Names that one hop keeps to itself are a difference of their own, and so are rare here. */
const NAMES = ['x-a', 'x-b', 'cookie', 'accept', 'authorization', 'user-agent', 'x-forwarded-for', 'content-type']
const HOP_NAMES = ['te', 'proxy-connection', 'keep-alive']

export const mirror: Subject<MirrorConfig> = {
  name: 'mirror',
  filters: [],
  isSequence: false,
  copies: (config, request) => sampled(config, idOf(config, request)).length,
  config: random => ({
    mirrors: random.list(1, 3, () => ({
      cluster: `copy${random.below(3)}`,
      percent: random.once(2) ? 100 : random.below(101),
    })),
    sampleBy: random.pick(['x-request-id', 'x-user']),
    ...(random.once(2) ? { edit: { name: random.pick(NAMES), value: random.pick(['', 'set', 'a, b']) } } : {}),
    ...(random.once(2) ? { fullPath: random.pick(['/', '/new', '/new/']) } : {}),
  }),
  request: (random, { sampleBy }) => {
    const content = body(random)
    const trailers: [string, string][] = random.list(0, 2, () => [random.pick(['x-t', 'grpc-status']), 'end'])
    return {
      method: content === '' ? random.pick(['GET', 'POST', 'DELETE']) : random.pick(['POST', 'PUT', 'PATCH']),
      path: random.pick(['/', '/a/b', '/a?b=c', '//', '/%41;x=1']),
      headers: [
        [sampleBy, random.pick(IDS)],
        ...random.list(0, 4, (): [string, string] => [
          random.once(20) ? random.pick(HOP_NAMES) : random.pick(NAMES),
          random.pick(['', 'a', 'b, c', '\xe4']),
        ]),
      ],
      answer: random.once(3) ? [['x-answered', 'yes']] : [],
      body: content,
      ...(content !== '' && random.once(2) ? { chunks: { size: 1 + random.below(content.length), trailers } } : {}),
    }
  },
  plan: config => ({ ...emptyPlan(), upstream: { request: operations(config), response: [] } }),
  native: config => ({
    routes: [
      ...byMirrors(config).map(({ ids, mirrors }) => nativeRoute(config, ids, mirrors)),
      { match: { prefix: '/' } },
    ],
  }),
  smaller: config => [
    ...smallerLists(config.mirrors).map(mirrors => ({ ...config, mirrors })),
    ...(config.edit ? [withoutEdit(config)] : []),
    ...(config.fullPath === undefined ? [] : [withoutPath(config)]),
  ],
  view: outcome => viewOf(alike(outcome)),
  known: (config, request, wasm, native) =>
    DIFFERENCES.mirror.find(({ applies }) => applies({ config, request, wasm, native }))?.name,
}

/** The ids whose requests go to the same mirrors, for each such set of mirrors. */
const byMirrors = (config: MirrorConfig): { ids: string[]; mirrors: string[] }[] => {
  const groups = Map.groupBy(IDS, id => sampled(config, id).join())
  return [...groups.values()].map(ids => ({ ids, mirrors: sampled(config, ids[0] ?? '') }))
}

/** Envoy's own percentage is chance, which cannot be compared: its policies copy all that gets to their route. */
const nativeRoute = ({ sampleBy, edit, fullPath }: MirrorConfig, ids: string[], mirrors: string[]) => ({
  match: {
    prefix: '/',
    headers: [{ name: sampleBy, string_match: { safe_regex: { regex: `^(${ids.join('|')})$` } } }],
  },
  action: {
    request_mirror_policies: mirrors.map(cluster => ({ cluster, disable_shadow_host_suffix_append: true })),
    ...(fullPath === undefined ? {} : { regex_rewrite: { pattern: { regex: '^.*$' }, substitution: fullPath } }),
  },
  more: edit
    ? {
        request_headers_to_add: [
          {
            header: { key: edit.name, value: edit.value },
            append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
            keep_empty_value: true,
          },
        ],
      }
    : {},
})

const withoutEdit = ({ edit: _, ...rest }: MirrorConfig): MirrorConfig => rest
const withoutPath = ({ fullPath: _, ...rest }: MirrorConfig): MirrorConfig => rest

/** The outcome as if its copies were without the written differences; the trailers are one, where they are the request's. */
const alike = (outcome: Outcome): Outcome => ({
  ...outcome,
  copies: outcome.copies.map(copy => ({
    ...without(DIFFERENCES.mirrorCopies, copy, outcome.request),
    trailers: isDeepStrictEqual(copy.trailers, outcome.request?.trailers) ? [] : copy.trailers,
  })),
})
