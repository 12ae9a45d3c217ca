// A certificate in a Secret of the cluster: rotated without a broken connection within the time that is promised; a bad
// one says so on the listener while the old one is served.
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import type { KubeObject } from '../../../controller/model/object.ts'
import { type Pair, pairOf } from '../../tls/pair.ts'
import { CLASS, type Stack, startStack } from '../stack.mts'
import { type Api, api, eventually, gatewayOf, isTrue, NAMESPACE, routeOf } from './cluster.mts'

const HOST = 'site.test'
/** From the write of a Secret to the first connection that is shown it. */
const SERVED_MS = 2_000

const secret = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'site', namespace: NAMESPACE },
  ...{ type: 'Opaque', stringData: data },
})
const tls = ({ crt, key }: Pair): KubeObject => secret({ 'tls.crt': crt, 'tls.key': key })

const open = async (address: string): Promise<TLSSocket> => {
  const socket = connect({ host: address, port: 443, servername: HOST, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return socket
}

const shown = async (address: string): Promise<string> => {
  const socket = await open(address)
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

/** One request over the connection that stays; the status line. */
const ask = async (socket: TLSSocket): Promise<string> => {
  const answer = once(socket, 'data')
  socket.write(`GET / HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`)
  return String((await answer)[0]).split('\r\n')[0] ?? ''
}

describe('a certificate in a Secret', () => {
  let stack: Stack
  let cluster: Api
  let address: string
  let kept: TLSSocket
  let isBroken = false

  const refs = async () => {
    const { status } = await cluster.get('gateways', 'tls')
    return status?.listeners?.[0]?.conditions.find(({ type }) => type === 'ResolvedRefs')
  }
  const unharmed = async () => {
    expect(await ask(kept)).to.equal('HTTP/1.1 302 Found')
    expect(isBroken).to.equal(false)
  }

  before(async () => {
    cluster = await api()
    stack = await startStack(`${process.env.CHECK_LOGS}/certificates`)
    const certificateRefs = [{ name: 'site' }]
    await cluster.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      tls(pairOf('one')),
      gatewayOf('tls', CLASS, [{ name: 'site', protocol: 'HTTPS', port: 443, tls: { certificateRefs } }]),
      routeOf('secure', ['tls']),
    )
    await eventually(async () => {
      const { status } = await cluster.get('gateways', 'tls')
      expect(isTrue(status?.conditions, 'Programmed')).to.equal(true)
      address = status?.addresses?.[0]?.value ?? ''
    })
    await eventually(async () => expect(await shown(address)).to.equal('one'))
    kept = await open(address)
    kept.on('close', () => {
      isBroken = true
    })
    await eventually(unharmed)
  })
  after(async () => {
    kept?.destroy()
    await stack.stop()
  })

  it('is served within two seconds when it is rotated, and breaks no connection', async () => {
    const times: number[] = []
    for (const name of ['two', 'three', 'four', 'five']) {
      const from = performance.now()
      await cluster.apply(tls(pairOf(name)))
      await eventually(async () => expect(await shown(address)).to.equal(name))
      times.push(performance.now() - from)
      await unharmed()
    }
    console.log(`      served after ${times.map(ms => `${Math.round(ms)} ms`).join(', ')}`)
    expect(Math.max(...times)).to.be.below(SERVED_MS)
  })

  const bad: [string, () => KubeObject, string][] = [
    ['expired', () => tls(pairOf('old', 2020, 2021)), 'expired on 2021-01-01'],
    ['mismatched', () => tls({ crt: pairOf('x').crt, key: pairOf('y').key }), 'tls.key is not the key'],
    ['half written', () => tls({ crt: pairOf('torn').crt.slice(0, 300), key: pairOf('torn').key }), 'no PEM block'],
  ]
  for (const [what, object, says] of bad)
    it(`says what is wrong with one that is ${what}, and serves the old one`, async () => {
      await cluster.apply(object())
      await eventually(async () => {
        const condition = await refs()
        expect(condition).to.include({ status: 'False', reason: 'InvalidCertificateRef' })
        expect(condition?.message).to.include(says)
      })
      expect(await shown(address)).to.equal('five')
      await unharmed()
      await cluster.apply(tls(pairOf('mended')))
      await eventually(async () => expect(await shown(address)).to.equal('mended'))
      await eventually(async () => expect((await refs())?.status).to.equal('True'))
      await cluster.apply(tls(pairOf('five')))
      await eventually(async () => expect(await shown(address)).to.equal('five'))
      await unharmed()
    })
})
