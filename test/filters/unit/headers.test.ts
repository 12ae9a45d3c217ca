// Header edits on their own: what each action makes of values there are, where values come from, and what is left out.
import { expect } from 'chai'
import type { Headers, Host, HostOptions, Outcome } from '../../host/core/index.ts'
import { hostOf } from '../../host/mocha/covered.ts'
import { countedIn } from '../counted.ts'

type Pairs = (readonly [string, string])[]

const KIB = 1024
const literal = (value: string) => ({ type: 'Text', text: value })
const edit = (action: string, name: string, value?: object | string) => ({
  action,
  name,
  ...(value === undefined ? {} : { value: typeof value === 'string' ? literal(value) : value }),
})
const valuesOf = (headers: Headers | undefined, name: string): string[] =>
  [...(headers ?? [])].filter(([key]) => key === name).map(([, value]) => value)
const outcomes = async (host: Host): Promise<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(await countedIn(host)).flatMap(([name, count]) => {
      const { outcome } = /;outcome=(?<outcome>[a-z_]+)/.exec(name)?.groups ?? {}
      return outcome && name.startsWith('sluice_decisions_total') ? [[outcome, count]] : []
    }),
  )

describe('headers, in the host', function () {
  this.timeout(60_000)

  const loaded = async (configuration: object, options: HostOptions = {}) => {
    const host = await hostOf('headers', options)
    return { host, plugin: host.plugin({ configuration }) }
  }
  const send = async (
    configuration: object,
    headers: Pairs = [],
    answer: Pairs = [],
  ): Promise<Outcome & { host: Host }> => {
    const { host, plugin } = await loaded(configuration)
    return { ...(await plugin.request(headers).answer({ status: 200, headers: answer }).send()), host }
  }

  const none: Pairs = []
  const two: Pairs = [
    ['x-a', '1'],
    ['x-a', '2'],
  ]
  for (const [action, before, after] of [
    ['Set', none, ['v']],
    ['Set', two, ['v']],
    ['Add', none, ['v']],
    ['Add', two, ['1', '2', 'v']],
    ['AddIfAbsent', none, ['v']],
    ['AddIfAbsent', two, ['1', '2']],
    ['AddIfAbsent', [['x-a', '']], ['']],
    ['Append', none, ['v']],
    ['Append', [['x-a', '1']], ['1', 'v']],
    ['Append', two, ['1', '2', 'v']],
    ['Remove', none, []],
    ['Remove', two, []],
  ] as const)
    for (const side of ['request', 'response'] as const)
      it(`${action} makes ${JSON.stringify(before)} of a ${side} ${JSON.stringify(after)}`, async () => {
        const edits = [edit(action, 'X-A', action === 'Remove' ? undefined : 'v')]
        const outcome = await send(
          { [side]: edits },
          side === 'request' ? [...before] : [],
          side === 'response' ? [...before] : [],
        )
        const message = side === 'request' ? outcome.upstream : outcome.response
        expect(valuesOf(message?.headers, 'x-a')).to.deep.equal(after)
      })

  it('applies edits in their order, on what the ones before them have left', async () => {
    const { upstream } = await send(
      {
        request: [
          edit('Set', 'x-a', '1'),
          edit('Append', 'x-c', { type: 'Header', header: 'X-A' }),
          edit('Set', 'x-b', { type: 'Header', header: 'X-C' }),
          edit('Remove', 'x-a'),
          edit('AddIfAbsent', 'x-a', '3'),
        ],
      },
      [['x-a', 'client']],
    )
    expect(valuesOf(upstream?.headers, 'x-b')).to.deep.equal(['1'])
    expect(valuesOf(upstream?.headers, 'x-a')).to.deep.equal(['3'])
  })

  it('appends a cookie and keeps those that are there', async () => {
    const { response } = await send(
      { response: [edit('Append', 'set-cookie', 'n=3')] },
      [],
      [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    )
    expect(valuesOf(response?.headers, 'set-cookie')).to.deep.equal(['a=1', 'b=2', 'n=3'])
  })

  it('joins what is added to headers that Envoy keeps in one line', async () => {
    const { upstream } = await send({ request: [edit('Add', 'user-agent', 'more')] }, [['user-agent', 'some']])
    expect(valuesOf(upstream?.headers, 'user-agent')).to.deep.equal(['some,more'])
  })

  for (const [value, result] of [
    [{ type: 'Path' }, '/users/ann/posts?x=1'],
    [{ type: 'Host' }, 'shop.example:8080'],
    [{ type: 'Method' }, 'PUT'],
    [{ type: 'Header', header: 'X-From' }, 'here'],
    [{ type: 'Header', header: 'x-nowhere' }, undefined],
    [{ type: 'ClientAddress' }, '192.0.2.7'],
    [{ type: 'Route' }, 'the-route'],
    [{ type: 'Path', capture: { regex: '^/users/([^/?]+)', template: '\\1' } }, 'ann'],
    [{ type: 'Path', capture: { regex: '^/groups/', template: '\\0' } }, undefined],
    [{ type: 'Header', header: 'x-from', capture: { regex: '(h)(e)', template: '\\2\\1\\\\' } }, 'eh\\'],
  ] as const)
    it(`takes a value from ${JSON.stringify(value)}: ${result}`, async () => {
      const { plugin } = await loaded({ request: [edit('Set', 'x-a', value)] })
      const { upstream } = await plugin
        .request({
          ':method': 'PUT',
          ':path': '/users/ann/posts?x=1',
          ':authority': 'shop.example:8080',
          'x-from': 'here',
        })
        .properties({ source: { address: '192.0.2.7:4711' } })
        .route({ name: 'the-route' })
        .send()
      expect(upstream?.headers.get('x-a')).to.equal(result)
    })

  it('leaves a header as it was where its value could end a line', async () => {
    const { host, plugin } = await loaded({ request: [edit('Set', 'x-a', { type: 'Header', header: 'x-from' })] })
    const { upstream } = await plugin.request({ 'x-a': 'old', 'x-from': 'a\r\nx-evil: 1' }).send()
    expect(upstream?.headers.get('x-a')).to.equal('old')
    expect(upstream?.headers.has('x-evil')).to.equal(false)
    expect(await outcomes(host)).to.deep.equal({ refused: 1 })
  })

  it('runs the expressions of a message for a bounded time, and refuses edits beyond it', async () => {
    const regex = '(((((((((a|b?|c?|d?)+)+)+)+)+)+)+)+){9}X'
    const dear = { type: 'Header', header: 'x-in', capture: { regex, template: '\\0' } }
    const cheap = { type: 'Header', header: 'x-in', capture: { regex: '^a', template: '\\0' } }
    const edits = [...Array.from({ length: 15 }, () => edit('Set', 'x-a', dear)), edit('Set', 'x-a', cheap)]
    // Rounds of loops and calls; one of the dear ones alone would take more.
    const { host, plugin } = await loaded({ request: edits }, { budget: 4_000_000 })
    const { upstream, traps } = await plugin.request({ 'x-in': 'a'.repeat(8192), 'x-a': 'old' }).send()
    expect(traps).to.deep.equal([])
    expect(upstream?.headers.get('x-a')).to.equal('old')
    expect(await outcomes(host)).to.deep.equal({ refused: 1 })
    // The next message has a budget of its own.
    const next = await plugin.request({ 'x-in': 'abX', 'x-a': 'old' }).send()
    expect(next.upstream?.headers.get('x-a')).to.equal('a')
  })

  it('refuses a value that is too long for an expression', async () => {
    const first = { type: 'Header', header: 'x-in', capture: { regex: '^a', template: '\\0' } }
    const { host, plugin } = await loaded({ request: [edit('Set', 'x-a', first)] })
    const { upstream } = await plugin.request({ 'x-in': 'a'.repeat(8193), 'x-a': 'old' }).send()
    expect(upstream?.headers.get('x-a')).to.equal('old')
    expect(await outcomes(host)).to.deep.equal({ refused: 1 })
  })

  it('adds 60 KB to a message and no more', async () => {
    const header = { type: 'Header', header: 'x-from' }
    const eight = 'v'.repeat(8 * KIB)
    const { upstream, host } = await send(
      { request: Array.from({ length: 9 }, (_, i) => edit('Set', `x-${i}`, header)) },
      [['x-from', eight]],
    )
    const added = [...(upstream?.headers ?? [])].filter(([name, value]) => name !== 'x-from' && value === eight)
    expect(added.map(([name]) => name)).to.deep.equal(['x-0', 'x-1', 'x-2', 'x-3', 'x-4', 'x-5', 'x-6'])
    expect(await outcomes(host)).to.deep.equal({ refused: 1 })
  })

  it('edits replies that Envoy makes itself', async () => {
    const { plugin } = await loaded({ response: [edit('Set', 'x-a', 'v')] })
    const { response } = await plugin.request().route(null).send()
    expect([response?.status, response?.headers.get('x-a')]).to.deep.equal([404, 'v'])
  })

  it('decides, counts and records in a dry run, and changes nothing', async () => {
    const request = [edit('Set', 'x-a', 'v'), edit('Remove', 'x-b')]
    const { upstream, host, decision } = await send({ name: 'trial', mode: 'DryRun', request }, [
      ['x-a', 'old'],
      ['x-b', '1'],
    ])
    expect([upstream?.headers.get('x-a'), upstream?.headers.get('x-b')]).to.deep.equal(['old', '1'])
    expect(await outcomes(host)).to.deep.equal({ applied: 1 })
    expect(Object.keys(host.metrics).join()).to.include('policy=trial').and.to.include('mode=DryRun')
    expect(JSON.stringify(decision)).to.include('trial')
  })

  it('counts what had nothing to do as skipped', async () => {
    const { host } = await send({ request: [edit('AddIfAbsent', 'x-a', 'v')] }, [['x-a', '']])
    expect(await outcomes(host)).to.deep.equal({ skipped: 1 })
  })

  it('keeps what it was configured with where the next configuration has a fault', async () => {
    const { plugin } = await loaded({ request: [edit('Set', 'x-a', 'first')] })
    expect(() => plugin.configure({ request: [edit('Set', 'host', 'v')] })).to.throw('refuses')
    expect((await plugin.request().send()).upstream?.headers.get('x-a')).to.equal('first')
  })

  it('names the fault of a configuration', async () => {
    const host = await hostOf('headers')
    const request = (...edits: object[]) => ({ request: edits })
    for (const [configuration, fault] of [
      [{ requests: [] }, 'requests: is no field'],
      [{ request: {} }, 'request: '],
      [{ mode: 'Dry' }, 'mode: '],
      [{ name: 'a b' }, 'name: must be 1 to 128'],
      [request({ name: 'a' }), 'request[0].action: is missing'],
      [request({ action: 'Put', name: 'a' }), 'request[0].action: '],
      [request({ action: 'Remove' }), 'request[0].name: is missing'],
      [request(edit('Remove', 'a', 'v')), 'request[0].value: '],
      [request(edit('Remove', 'a'), edit('Set', 'b')), 'request[1].value: is missing'],
      [request(edit('Set', 'a b', 'v')), 'request[0].name: '],
      [request(edit('Set', 'Host', 'v')), 'request[0].name: '],
      [request(edit('Set', ':path', 'v')), 'request[0].name: '],
      [request(edit('Set', 'Content-Length', 'v')), 'request[0].name: '],
      [request(edit('Set', 'Transfer-Encoding', 'v')), 'request[0].name: '],
      [request(edit('Set', 'a', 'b\r\nc')), 'request[0].value.text: '],
      [request(edit('Set', 'a', {})), 'request[0].value.type: is missing'],
      [request(edit('Set', 'a', { type: 'Text' })), 'request[0].value.text: is missing'],
      [request(edit('Set', 'a', { type: 'Header' })), 'request[0].value.header: is missing'],
      [request(edit('Set', 'a', { type: 'Path', text: 'v' })), 'request[0].value.text: '],
      [request(edit('Set', 'a', { type: 'Path', capture: { regex: '(' } })), 'request[0].value.capture.'],
      [{ response: [edit('Set', 'a', { type: 'Path' })] }, 'response[0].value.type: '],
      [request(...Array.from({ length: 65 }, () => edit('Remove', 'a'))), 'request[64]'],
    ] as const) {
      expect(() => host.plugin({ configuration }), JSON.stringify(configuration)).to.throw('refuses')
      expect(host.logs.at(-1)?.message, JSON.stringify(configuration)).to.include(fault)
    }
  })
})
