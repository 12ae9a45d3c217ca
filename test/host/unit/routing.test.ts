// Requests between client and backend: attempts, routes, chains, limits, clients that go away.
import { expect } from 'chai'
import { Host, text } from '../core/index.ts'
import { probe } from '../fixtures/build.ts'
import { withProgram } from './load.ts'

describe('routing and retries', () => {
  it('runs upstream filters once per attempt, on the same headers', async () => {
    const host = await Host.load((await probe()).bytes)
    const plugin = host.plugin({ placement: 'upstream' })
    const r = await plugin
      .request(withProgram({ 'request-headers': [['add', 'request', 'x-added', '1']] }))
      .answer({ status: 503 }, { status: 503 }, { status: 200 })
      .retries(2)
      .send()
    expect(r.attempts.map(attempt => attempt.headers.all('x-added').length)).to.deep.equal([1, 2, 3])
    expect(r.response?.status).to.equal(200)
    expect(r.routeCleared).to.equal(0)
  })

  it('clears the route on any header change downstream', async () => {
    const host = await Host.load((await probe()).bytes)
    const r = await host
      .plugin()
      .request(withProgram({ 'request-headers': [['replace', 'request', ':path', '/other']] }))
      .route(headers => (headers.get(':path') === '/' ? { cluster: 'a' } : null))
      .send()
    expect(r.routeCleared).to.equal(1)
    expect(r.response?.status).to.equal(404)
    expect(r.upstream).to.equal(undefined)
  })

  it('runs several plugins, the response in reverse', async () => {
    const host = await Host.load((await probe()).bytes)
    const [a, b] = [host.plugin({ rootId: 'a' }), host.plugin({ rootId: 'b' })]
    const r = await host
      .chain({ downstream: [a], upstream: [b] })
      .request({ 'x-id': 'x' })
      .send()
    const order = r.logs.map(line => `${line.rootId}:${line.message.split(' ')[1]}`)
    expect(order.slice(0, 4)).to.deep.equal([
      'a:request-headers',
      'b:request-headers',
      'b:response-headers',
      'a:response-headers',
    ])
  })

  it('gives up on a body that is held beyond the limit', async () => {
    const host = await Host.load((await probe()).bytes)
    const r = await host
      .plugin()
      .request({ ...withProgram({ 'request-body': [['return', 1]] }), ':method': 'POST' })
      .body('12345678', '9')
      .bodyLimit(8)
      .send()
    expect(r.localReply).to.include({ status: 413, details: 'request_payload_too_large' })
    expect(text(r.response!.body)).to.equal('Payload Too Large')
  })

  it('lets a client go away at any point', async () => {
    const host = await Host.load((await probe()).bytes)
    const plugin = host.plugin()
    for (const cut of ['request-headers', 'request-body', 'request'] as const) {
      const r = await plugin
        .request({ ...withProgram({ 'request-headers': [['return', 1]] }), ':method': 'POST' })
        .body('a', 'b')
        .trailers({ x: '1' })
        .cut(cut)
        .send()
      expect(r).to.include({ response: undefined, reset: 'downstream_remote_disconnect', paused: undefined })
      expect(r.logs.at(-1)?.message).to.equal('#a delete')
    }
  })

  it('lets a client fall silent at any point, and go later', async () => {
    const host = await Host.load((await probe()).bytes)
    const request = host
      .plugin()
      .request({ ':method': 'POST', ...withProgram({}) })
      .body('x')
      .trailers({ a: 'b' })
    for (const [stall, body] of [
      ['request-headers', ''],
      ['request-body', 'x'],
    ] as const) {
      const stream = await request.stall(stall).open()
      const { upstream, response } = stream.outcome()
      expect(upstream?.complete).to.equal(false)
      expect(text(upstream!.body)).to.equal(body)
      expect(response).to.equal(undefined)
      for (const step = stream.cut(); !step.next().done; );
      expect(stream.outcome().reset).to.equal('downstream_remote_disconnect')
    }
  })
})
