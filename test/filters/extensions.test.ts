// What the extension kinds ask of the filters, in the test host: mutations, computed paths, edits of mirrored copies, and the
// bounds that hold for values known at run time only.
import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import type { MirrorOp, Mutation, Plan, RewriteOp } from '../../filters/plan/plan.ts'
import { DOWNSTREAM_ROOT, PLAN_METADATA, UPSTREAM_ROOT, VM_ID } from '../../filters/suite/names.ts'
import { type Chain, Host, type HostOptions, type Outcome } from '../host/core/index.ts'
import { countedIn } from './counted.ts'
import { bytesOf, emptyPlan, suiteModule } from './suite.ts'

interface Sent extends Outcome {
  host: Host
}

describe('the extension kinds’ operations', () => {
  let module: Uint8Array

  before(async () => {
    module = await readFile(await suiteModule())
  })

  const load = (options: HostOptions = {}): { host: Host; chain: Chain } => {
    const host = Host.loadNow(module, options)
    const downstream = [host.plugin({ rootId: DOWNSTREAM_ROOT, vmId: VM_ID })]
    const upstream = [host.plugin({ rootId: UPSTREAM_ROOT, vmId: VM_ID, placement: 'upstream' })]
    return { host, chain: { downstream, upstream } }
  }

  const send = (plan: Plan, headers: Record<string, string | string[]> = {}, options: HostOptions = {}): Sent => {
    const { host, chain } = load(options)
    const outcome = host
      .chain(chain)
      .request({ ':path': '/users/ann?x=1', ...headers })
      .properties({ source: { address: '192.0.2.1:4000' } })
      .route({ name: 'the-route', typedMetadata: { [PLAN_METADATA]: bytesOf(plan) } })
      .answer({ headers: { 'x-from': 'backend' } })
      .sendNow()
    expect(outcome.traps).to.deep.equal([])
    return { ...outcome, host }
  }

  const mutating = (...edits: Mutation[]): Plan => ({
    ...emptyPlan(),
    upstream: { request: [{ type: 'Mutate', policy: 'a/m', edits }], response: [] },
  })
  const answering = (...edits: Mutation[]): Plan => ({
    ...emptyPlan(),
    downstream: { request: [], response: [{ type: 'Mutate', policy: 'a/m', edits }] },
  })
  const sent = (outcome: Outcome, name: string): string[] => outcome.upstream?.headers.all(name) ?? []
  const text = (value: string) => ({ type: 'Text', text: value }) as const

  describe('mutations', () => {
    const cases: [what: string, edit: Mutation, headers: Record<string, string | string[]>, expected: string[]][] = [
      ['set', { action: 'Set', name: 'x-a', value: text('new') }, { 'x-a': ['1', '2'] }, ['new']],
      ['add', { action: 'Add', name: 'x-a', value: text('new') }, { 'x-a': '1' }, ['1', 'new']],
      ['remove', { action: 'Remove', name: 'x-a' }, { 'x-a': '1' }, []],
      ['add if absent, absent', { action: 'AddIfAbsent', name: 'x-a', value: text('new') }, {}, ['new']],
      ['add if absent, present', { action: 'AddIfAbsent', name: 'x-a', value: text('new') }, { 'x-a': 'old' }, ['old']],
      ['add if absent, empty', { action: 'AddIfAbsent', name: 'x-a', value: text('new') }, { 'x-a': '' }, ['']],
      ['append to a list', { action: 'Append', name: 'x-a', value: text('b') }, { 'x-a': ['1', '2'] }, ['1', '2', 'b']],
      ['append to nothing', { action: 'Append', name: 'x-a', value: text('b') }, {}, ['b']],
      [
        'another header',
        { action: 'Set', name: 'x-a', value: { type: 'Header', header: 'x-b' } },
        { 'x-b': 'b' },
        ['b'],
      ],
      [
        'an absent header',
        { action: 'Set', name: 'x-a', value: { type: 'Header', header: 'x-b' } },
        { 'x-a': 'old' },
        ['old'],
      ],
      ['the path', { action: 'Set', name: 'x-a', value: { type: 'Path' } }, {}, ['/users/ann?x=1']],
      [
        'the host',
        { action: 'Set', name: 'x-a', value: { type: 'Host' } },
        { ':authority': 'a.example' },
        ['a.example'],
      ],
      ['the method', { action: 'Set', name: 'x-a', value: { type: 'Method' } }, { ':method': 'PUT' }, ['PUT']],
      ['the client', { action: 'Set', name: 'x-a', value: { type: 'ClientAddress' } }, {}, ['192.0.2.1']],
      ['the route', { action: 'Set', name: 'x-a', value: { type: 'Route' } }, {}, ['the-route']],
      [
        'a capture',
        {
          action: 'Set',
          name: 'x-a',
          value: { type: 'Path', capture: { regex: '^/users/([^/?]+)', template: 'u=\\1\\\\\\0' } },
        },
        {},
        ['u=ann\\/users/ann'],
      ],
      [
        'a capture that does not match',
        { action: 'Set', name: 'x-a', value: { type: 'Path', capture: { regex: '^/posts/(.*)', template: '\\1' } } },
        { 'x-a': 'old' },
        ['old'],
      ],
    ]
    for (const [what, edit, headers, expected] of cases)
      it(what, () => expect(sent(send(mutating(edit), headers), 'x-a')).to.deep.equal(expected))

    it('work on responses, with what is known there', () => {
      const outcome = send(
        answering(
          { action: 'Set', name: 'x-copy', value: { type: 'Header', header: 'x-from' } },
          { action: 'Set', name: 'x-client', value: { type: 'ClientAddress' } },
          { action: 'Set', name: 'x-route', value: { type: 'Route' } },
        ),
      )
      const got = ['x-copy', 'x-client', 'x-route'].map(name => outcome.response?.headers.get(name))
      expect(got).to.deep.equal(['backend', '192.0.2.1', 'the-route'])
      const path = answering({ action: 'Set', name: 'x-path', value: { type: 'Path' } })
      expect(() => bytesOf(path)).to.throw('NotInResponse')
    })

    it('change nothing in a dry run, and count what they would do', async () => {
      const edits: Mutation[] = [{ action: 'Set', name: 'x-a', value: text('new') }]
      const op = { type: 'Mutate', policy: 'a/m', dryRun: true, edits } as const
      const outcome = send({ ...emptyPlan(), upstream: { request: [op], response: [] } })
      expect(sent(outcome, 'x-a')).to.deep.equal([])
      expect(await countedIn(outcome.host)).to.deep.equal({
        'sluice_decisions_total;filter=headers;policy=a/m;outcome=applied;mode=DryRun': 1,
      })
    })

    it('leave out what would put more than 60 KB onto a request, and count it as refused', async () => {
      const adds: Mutation[] = Array.from({ length: 20 }, () => ({
        action: 'Add',
        name: 'x-list',
        value: { type: 'Header', header: 'x-big' },
      }))
      const added = send(mutating(...adds), { 'x-big': 'v'.repeat(4000) })
      expect(sent(added, 'x-list')).to.have.length(15)
      expect(Object.keys(await countedIn(added.host))[0]).to.contain('outcome=refused')
    })
  })

  describe('header edits', () => {
    it('add at most 60 KB to a request, over all operations', () => {
      const op = (policy: string) => ({
        type: 'Headers' as const,
        policy,
        set: [],
        remove: [],
        add: Array.from({ length: 4 }, () => ({ name: 'x-list', value: 'v'.repeat(8000) })),
      })
      const outcome = send({ ...emptyPlan(), upstream: { request: [op('a/one'), op('a/two')], response: [] } })
      expect(sent(outcome, 'x-list')).to.have.length(7)
      expect(outcome.decision).to.deep.equal({
        r: 'default/test#0',
        f: [
          { k: 'headers', p: 'a/one', o: 'applied' },
          { k: 'headers', p: 'a/two', o: 'refused' },
        ],
      })
    })
  })

  describe('computed paths', () => {
    const rewriting = (computed: NonNullable<RewriteOp['computed']>): Plan => ({
      ...emptyPlan(),
      upstream: { request: [{ type: 'Rewrite', policy: 'a/w', computed }], response: [] },
    })
    const cases: [regex: string, value: string, path: string, expected: string][] = [
      ['^/users/([^/]+)', '/people/\\1', '/users/ann?q=/users/bob', '/people/ann?q=/users/bob'],
      ['^/posts/(.*)$', '/x/\\1', '/users/ann', '/users/ann'],
      ['/+', '/', '//a///b', '/a/b'],
      ['a*', 'x', '/baac', 'x/xbxcx'],
      ['$', '/end', '/a', '/a/end'],
      ['(b)|(c)', '\\2', '/abc', '/ac'],
    ]
    for (const [regex, value, path, expected] of cases)
      it(`${regex} to ${value} in ${path}`, () => {
        const outcome = send(rewriting({ type: 'ReplaceRegexMatch', regex, value }), { ':path': path })
        if (expected.startsWith('/')) expect(outcome.upstream?.path).to.equal(expected)
        // The result is no absolute path: nobody sends it.
        else expect(outcome.localReply?.status).to.equal(400)
      })

    it('refuse a path that leaves the root', () => {
      const outcome = send(rewriting({ type: 'ReplaceRegexMatch', regex: 'up', value: '..' }), { ':path': '/up/up' })
      expect(outcome.localReply?.status).to.equal(400)
    })

    it('refuse a path that would take too long', () => {
      const outcome = send(rewriting({ type: 'ReplaceRegexMatch', regex: 'a(?:a*b)?', value: 'x' }), {
        ':path': `/${'a'.repeat(8000)}`,
      })
      expect(outcome.localReply?.status).to.equal(400)
    })

    it('refuse a path when other expressions of the request have used up the time', () => {
      const edits: Mutation[] = [
        {
          action: 'Set',
          name: 'x-a',
          value: {
            type: 'Header',
            header: 'x-in',
            capture: { regex: '(((((((((a|b?|c?|d?)+)+)+)+)+)+)+)+){9}X', template: '' },
          },
        },
      ]
      const plan = rewriting({ type: 'ReplaceRegexMatch', regex: '^/users', value: '/people' })
      plan.upstream.request.unshift({ type: 'Mutate', policy: 'a/m', edits })
      expect(send(plan, { 'x-in': 'a'.repeat(8192) }).localReply?.status).to.equal(400)
      expect(send(plan, { 'x-in': 'a' }).upstream?.path).to.equal('/people/ann?x=1')
    })

    it('come from a header, with the client’s query unless it brings its own', () => {
      const plan = rewriting({ type: 'Header', header: 'x-path' })
      expect(send(plan, { 'x-path': '/other' }).upstream?.path).to.equal('/other?x=1')
      expect(send(plan, { 'x-path': '/other?y=2' }).upstream?.path).to.equal('/other?y=2')
      expect(send(plan).upstream?.path).to.equal('/users/ann?x=1')
      for (const bad of ['other', '/a b', '/../x', '/a#b', ''])
        expect(send(plan, { 'x-path': bad }).localReply?.status, bad).to.equal(400)
    })
  })

  describe('mirrored copies', () => {
    const clusters = { shadow: { http: () => ({}) } }
    const mirroring = (more: Partial<MirrorOp>): Plan => ({
      ...emptyPlan(),
      upstream: {
        request: [
          {
            type: 'Mirror',
            policy: 'a/c',
            cluster: 'shadow',
            fraction: { numerator: 1, denominator: 1 },
            timeoutMs: 1000,
            ...more,
          },
        ],
        response: [],
      },
    })

    it('lose what is to be redacted and get edits of their own; the request keeps what it has', () => {
      const copy = {
        set: [{ name: 'x-shadow', value: 'yes' }],
        add: [{ name: 'x-list', value: 'b' }],
        remove: ['authorization', 'cookie'],
      }
      const headers = { authorization: 'secret', cookie: 'a=b', 'x-list': 'a', 'x-shadow': 'no' }
      const outcome = send(mirroring({ copy }), headers, { clusters })
      const mirrored = outcome.httpCalls[0]!.headers
      expect(mirrored.get('authorization')).to.equal(undefined)
      expect(mirrored.get('cookie')).to.equal(undefined)
      expect(mirrored.all('x-list')).to.deep.equal(['a', 'b'])
      expect(mirrored.all('x-shadow')).to.deep.equal(['yes'])
      expect(sent(outcome, 'authorization')).to.deep.equal(['secret'])
      expect(sent(outcome, 'x-shadow')).to.deep.equal(['no'])
    })

    it('are sampled by the header that is named', () => {
      const plan = mirroring({ sampleBy: 'x-user', fraction: { numerator: 1, denominator: 2 } })
      const chosen = (user: string): number => send(plan, { 'x-user': user }, { clusters }).httpCalls.length
      const users = Array.from({ length: 40 }, (_, i) => `user-${i}`)
      const once = users.map(chosen)
      expect(users.map(chosen)).to.deep.equal(once)
      expect(once.filter(count => count === 1)).to.have.length.within(8, 32)
    })
  })
})
