// The controller's figures as Prometheus fetches them from `sluice run --metrics`.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { folder, runSluice } from './sluice.ts'
import { askUntil, backend, gateway, route, to } from './world.ts'

describe('sluice run --metrics', function () {
  this.timeout(60_000)

  it('serves what the controller counts, and nothing else there', async () => {
    await using dir = await folder()
    await dir.write(
      'world.yaml',
      [gateway(dir.address), backend('shop', 1), route('shop', '/', to('shop'))].join('---\n'),
    )
    await using sluice = runSluice(dir.path, ['--metrics', '0'])
    const [url = ''] = await sluice.live
    const { metrics } = await sluice.logged(line => typeof line.metrics === 'string')
    expect(metrics).to.match(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    const read = async () => {
      const lines = (await (await fetch(String(metrics))).text()).split('\n')
      return (name: string) => Number(lines.find(line => line.startsWith(`sluice_controller_${name} `))?.split(' ')[1])
    }
    const early = await read()
    expect(early('envoys{proxy="sluice"}')).to.equal(1)
    expect(early('quarantined{proxy="sluice"}')).to.equal(0)
    expect(early('envoys_behind{proxy="sluice"}')).to.equal(0)
    expect(early('xds_acknowledged_total{type="Listener"}')).to.be.at.least(1)
    expect(early('translation_seconds_count')).to.be.at.least(1)
    expect(early('live_seconds_count')).to.be.at.least(1)

    // Taken by us, refused by Envoy's older tables of characters.
    const strange = route('strange', '/x', to('shop')).replace(
      'PathPrefix, value: /x',
      'RegularExpression, value: "/\\\\p{Garay}+"',
    )
    await dir.write('strange.yaml', strange)
    await sluice.logged(({ msg }) => /strange: Accepted: .*Envoy refused it/.test(msg))
    await sluice.logged(({ msg, version }) => /^the configuration is live after/.test(msg) && Number(version) > 1)
    await askUntil(`${url}/`, ({ status }) => status === 503)
    const late = await read()
    expect(late('quarantined{proxy="sluice"}')).to.equal(1)
    expect(late('xds_rejected_total{type="RouteConfiguration"}')).to.be.at.least(1)
    expect(late('live_seconds_count')).to.be.above(early('live_seconds_count'))
    expect((await fetch(String(metrics).replace('/metrics', '/'))).status).to.equal(404)
  })

  it('ends with 3 where the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise(done => taken.once('listening', done))
    try {
      await using dir = await folder()
      await using sluice = runSluice(dir.path, ['--metrics', `127.0.0.1:${(taken.address() as AddressInfo).port}`])
      expect(await sluice.exited).to.equal(3)
    } finally {
      taken.close()
    }
  })

  for (const wrong of ['x', '70000', ':1', '[::1]', 'a:b:1'])
    it(`does not take ${wrong} for a port`, async () => {
      await using dir = await folder()
      await using sluice = runSluice(dir.path, ['--metrics', wrong])
      expect(await sluice.exited).to.equal(2)
    })
})
