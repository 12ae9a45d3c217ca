// What Envoy speaks, it speaks with every filter on: each protocol once, all four filters seen to have worked.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect } from 'chai'
import { call, startUpstream, valuesOf } from '../envoy/upstream.ts'
import { takeMessage } from '../fuzz/wire.ts'
import { ALL_FILTERS, startAllFilters } from './all-filters.ts'
import { callH2, startH2Backend } from './http2.ts'

const plan = ALL_FILTERS

describe('with every filter on', () => {
  it('HTTP/1.1: a body goes up, comes back and is copied', async () => {
    await using up = await startUpstream(({ body }) => ({ body }))
    await using copy = await startUpstream()
    await using envoy = await startAllFilters({ up: up.port, copy: copy.port }, { upstream: 'HTTP/1.1', plan })
    const body = ['one', 'two'.repeat(50_000)]
    const reply = await call(envoy.port('main'), { method: 'POST', path: '/p/a?q', headers: { 'x-gone': '1' }, body })
    expect([reply.status, reply.body]).to.deep.equal([200, body.join('')])
    expect([...valuesOf(reply, 'x-up'), ...valuesOf(reply, 'x-down')]).to.deep.equal(['up', 'down'])
    for (const one of [await up.nth(1), await copy.nth(1)]) {
      expect([one.path, one.body]).to.deep.equal(['/new/a?q', body.join('')])
      expect(['host', 'x-set', 'x-add', 'x-gone'].map(name => valuesOf(one, name))).to.deep.equal([
        ['new.example'],
        ['set'],
        ['added'],
        [],
      ])
    }
  })

  it('gRPC: HTTP/2 on both sides, trailers both ways; the copy goes without, as Envoy’s own calls have none', async () => {
    await using up = await startH2Backend()
    await using copy = await startH2Backend()
    await using envoy = await startAllFilters({ up: up.port, copy: copy.port }, { upstream: 'h2c', plan })
    const headers = {
      ':method': 'POST',
      ':path': '/p/Service/Method',
      'content-type': 'application/grpc',
      te: 'trailers',
    }
    const message = '\0\0\0\0\x03abc'
    const reply = await callH2(envoy.port('main'), headers, message, { 'x-checksum': '7' })
    expect([reply.headers[':status'], reply.headers['x-up'], reply.headers['x-down']]).to.deep.equal([
      200,
      'up',
      'down',
    ])
    expect([reply.body, reply.trailers['grpc-status']]).to.deep.equal([message, '0'])
    expect((await up.nth(1)).trailers['x-checksum']).to.equal('7')
    for (const one of [await up.nth(1), await copy.nth(1)]) {
      expect([one.headers[':path'], one.headers[':authority'], one.headers['x-set']]).to.deep.equal([
        '/new/Service/Method',
        'new.example',
        'set',
      ])
      expect(one.body).to.equal(message)
    }
    // As a server of gRPC expects it of every client. That Envoy sends what it mirrors natively is the next test's.
    expect((await copy.nth(1)).headers.te).to.equal('trailers')
    expect({ ...(await copy.nth(1)).trailers }).to.deep.equal({})
  })

  it('gRPC without the filters: a native copy has `te` and the trailers, which no call of a filter has', async () => {
    await using up = await startH2Backend()
    await using copy = await startH2Backend()
    const action = { request_mirror_policies: [{ cluster: 'copy' }] }
    await using envoy = await startAllFilters({ up: up.port, copy: copy.port }, { upstream: 'h2c', action })
    const headers = { ':method': 'POST', ':path': '/p', 'content-type': 'application/grpc', te: 'trailers' }
    await callH2(envoy.port('main'), headers, '\0\0\0\0\0', { 'x-checksum': '7' })
    const one = await copy.nth(1)
    expect([one.headers.te, one.trailers['x-checksum']]).to.deep.equal(['trailers', '7'])
  })

  it('HTTP/2 to HTTP/1.1: requests without a body', async () => {
    await using up = await startUpstream(() => ({ body: 'hello' }))
    await using copy = await startUpstream()
    await using envoy = await startAllFilters({ up: up.port, copy: copy.port }, { upstream: 'HTTP/1.1', plan })
    const reply = await callH2(envoy.port('main'), { ':path': '/p' })
    expect([reply.headers[':status'], reply.headers['x-up'], reply.headers['x-down'], reply.body]).to.deep.equal([
      200,
      'up',
      'down',
      'hello',
    ])
    expect((await copy.nth(1)).path).to.equal('/new')
  })

  it('WebSocket: upgraded, bytes pass both ways; the copy is dropped and counted, as it would have no end', async () => {
    const server = createServer(socket => {
      let head = ''
      const open = (chunk: Buffer): void => {
        head += chunk.toString('latin1')
        if (!takeMessage(head, false)) return
        socket.off('data', open).on('data', bytes => socket.write(`echo ${bytes}`))
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
      }
      socket.on('data', open).on('error', () => {})
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    await using copy = await startUpstream()
    const { port: up } = server.address() as { port: number }
    const manager = { upgrade_configs: [{ upgrade_type: 'websocket' }] }
    const envoy = await startAllFilters({ up, copy: copy.port }, { upstream: 'HTTP/1.1', plan, manager })
    const socket = connect({ host: '127.0.0.1', port: envoy.port('main') })
    try {
      let received = ''
      const until = (done: (text: string) => boolean): Promise<void> =>
        new Promise(resolve => {
          const look = (chunk = ''): void => {
            received += chunk
            if (!done(received)) return
            socket.off('data', look)
            resolve()
          }
          socket.on('data', look)
          look()
        })
      socket.setEncoding('latin1')
      socket.write('GET /p/ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
      await until(text => text.includes('\r\n\r\n'))
      expect(received).to.match(/^HTTP\/1\.1 101 /)
      expect(received).to.include('x-up: up\r\n').and.to.include('x-down: down\r\n')
      socket.write('ping')
      await until(text => text.endsWith('echo ping'))
      expect(await envoy.admin('/stats?filter=sluice_mirror_dropped')).to.include('upgrade')
      expect(copy.received).to.have.length(0)
    } finally {
      socket.destroy()
      await envoy[Symbol.asyncDispose]()
      server.close()
    }
  })

  it('100-continue and trailers on HTTP/1.1', async () => {
    await using up = await startUpstream(({ body }) => ({ body }))
    await using copy = await startUpstream()
    await using envoy = await startAllFilters({ up: up.port, copy: copy.port }, { upstream: 'HTTP/1.1', plan })
    const socket = connect({ host: '127.0.0.1', port: envoy.port('main') }).setEncoding('latin1')
    let received = ''
    const expected = (what: string): Promise<void> =>
      new Promise(resolve => {
        const look = (): void => void (received.includes(what) && resolve())
        socket.on('data', look)
        look()
      })
    socket.on('data', chunk => (received += chunk))
    socket.write('POST /p HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n')
    await expected('HTTP/1.1 100 Continue')
    socket.write('4\r\nbody\r\n0\r\nx-end: yes\r\n\r\n')
    await expected('HTTP/1.1 200 OK')
    expect((await up.nth(1)).body).to.equal('body')
    expect((await copy.nth(1)).body).to.equal('body')
    socket.destroy()
  })

  it('retries apply nothing twice, and the copy is made once', async () => {
    await using up = await startUpstream(() => ({ status: 503 }))
    await using copy = await startUpstream()
    const action = { retry_policy: { retry_on: '5xx', num_retries: 3, retry_back_off: { base_interval: '0.001s' } } }
    await using envoy = await startAllFilters(
      { up: up.port, copy: copy.port },
      { upstream: 'HTTP/1.1', plan: { ...plan, firstAttemptOnly: true }, action },
    )
    const reply = await call(envoy.port('main'), { path: '/p/p/a' })
    expect(reply.status).to.equal(503)
    const attempts = up.received.map(one => [one.path, ...valuesOf(one, 'x-add'), ...valuesOf(one, 'x-set')])
    expect(attempts).to.deep.equal(Array.from({ length: 4 }, () => ['/new/p/a', 'added', 'set']))
    await copy.nth(1)
    expect(copy.received).to.have.length(1)
  })

  it('an overflow is no attempt: Envoy does not try again, so that no request comes up whose first attempt went by', async () => {
    const held = Promise.withResolvers<void>()
    await using up = await startUpstream(async () => {
      await held.promise
      return {}
    })
    await using copy = await startUpstream()
    const action = { retry_policy: { retry_on: '5xx,reset,connect-failure,refused-stream', num_retries: 3 } }
    await using envoy = await startAllFilters(
      { up: up.port, copy: copy.port },
      {
        upstream: 'HTTP/1.1',
        plan: { ...plan, firstAttemptOnly: true },
        action,
        thresholds: { max_pending_requests: 1, max_connections: 1 },
      },
    )
    const first = call(envoy.port('main'), { path: '/p' })
    await up.nth(1)
    const pending = call(envoy.port('main'), { path: '/p' })
    while (!(await envoy.admin('/stats?filter=cluster.up.upstream_rq_pending_active')).includes(': 1'))
      await new Promise(resolve => setTimeout(resolve, 5))
    const over = await call(envoy.port('main'), { path: '/p' })
    held.resolve()
    expect([over.status, valuesOf(over, 'x-envoy-overloaded')]).to.deep.equal([503, ['true']])
    expect(valuesOf(over, 'x-down')).to.deep.equal(['down'])
    expect([(await first).status, (await pending).status]).to.deep.equal([200, 200])
    const stats = await envoy.admin('/stats?filter=cluster.up.upstream_rq_(retry|pending_overflow)$')
    expect(stats).to.contain('upstream_rq_pending_overflow: 1').and.to.contain('upstream_rq_retry: 0')
    expect(up.received.map(one => valuesOf(one, 'x-add'))).to.deep.equal([['added'], ['added']])
  })

  it('a reply of Envoy’s own gets the response headers, on HTTP/2 as well', async () => {
    await using copy = await startUpstream()
    const closed = await startUpstream()
    await closed[Symbol.asyncDispose]()
    await using envoy = await startAllFilters({ up: closed.port, copy: copy.port }, { upstream: 'HTTP/1.1', plan })
    const reply = await callH2(envoy.port('main'), { ':path': '/p' })
    expect([reply.headers[':status'], reply.headers['x-down']]).to.deep.equal([503, 'down'])
  })
})
