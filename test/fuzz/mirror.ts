// Mirroring: our operations against `request_mirror_policies`, after the same header edit and rewrite on both sides.
import type { MirrorOp, UpstreamRequestOp } from '../../filters/plan/plan.ts'
import { emptyPlan } from '../filters/suite.ts'
import { DIFFERENCES, without } from './differences.ts'
import type { Random } from './random.ts'
import { smallerLists } from './shrink.ts'
import type { Outcome, Subject } from './subject.ts'
import { viewOf } from './view.ts'

export interface MirrorConfig {
  /** Clusters that get a copy, with the percentage: none or all, as chance cannot be compared. */
  mirrors: { cluster: string; percent: 0 | 100 }[]
  /** Set on the request before it is copied. */
  edit?: { name: string; value: string }
  fullPath?: string
}

const op = ({ cluster, percent }: MirrorConfig['mirrors'][number]): MirrorOp => ({
  type: 'Mirror',
  policy: 'fuzz/mirror',
  cluster,
  fraction: { numerator: percent, denominator: 100 },
  timeoutMs: 10_000,
})

function operations({ mirrors, edit, fullPath }: MirrorConfig): UpstreamRequestOp[] {
  return [
    ...mirrors.map(op),
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
  copies: ({ mirrors }) => mirrors.filter(({ percent }) => percent === 100).length,
  config: random => ({
    mirrors: random.list(1, 3, () => ({
      cluster: `copy${random.below(3)}`,
      percent: random.once(4) ? (0 as const) : (100 as const),
    })),
    ...(random.once(2) ? { edit: { name: random.pick(NAMES), value: random.pick(['', 'set', 'a, b']) } } : {}),
    ...(random.once(2) ? { fullPath: random.pick(['/', '/new', '/new/']) } : {}),
  }),
  request: random => {
    const content = body(random)
    const trailers: [string, string][] = random.list(0, 2, () => [random.pick(['x-t', 'grpc-status']), 'end'])
    return {
      method: content === '' ? random.pick(['GET', 'POST', 'DELETE']) : random.pick(['POST', 'PUT', 'PATCH']),
      path: random.pick(['/', '/a/b', '/a?b=c', '//', '/%41;x=1']),
      headers: random.list(0, 4, () => [
        random.once(20) ? random.pick(HOP_NAMES) : random.pick(NAMES),
        random.pick(['', 'a', 'b, c', '\xe4']),
      ]),
      answer: random.once(3) ? [['x-answered', 'yes']] : [],
      body: content,
      ...(content !== '' && random.once(2) ? { chunks: { size: 1 + random.below(content.length), trailers } } : {}),
    }
  },
  plan: config => ({ ...emptyPlan(), upstream: { request: operations(config), response: [] } }),
  native: ({ mirrors, edit, fullPath }) => ({
    routes: [
      {
        match: { prefix: '/' },
        action: {
          request_mirror_policies: mirrors.map(({ cluster, percent }) => ({
            cluster,
            disable_shadow_host_suffix_append: true,
            runtime_fraction: { default_value: { numerator: percent, denominator: 'HUNDRED' } },
          })),
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
      },
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

const withoutEdit = ({ edit: _, ...rest }: MirrorConfig): MirrorConfig => rest
const withoutPath = ({ fullPath: _, ...rest }: MirrorConfig): MirrorConfig => rest

/** The outcome as if its copies were without the written differences, of which the trailers are one. */
const alike = (outcome: Outcome): Outcome => ({
  ...outcome,
  copies: outcome.copies.map(copy => ({
    ...without(DIFFERENCES.mirrorCopies, copy, outcome.request),
    trailers: [],
  })),
})
