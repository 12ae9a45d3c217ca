import { expect } from 'chai'
import { createMetrics, serveMetrics } from '../../controller/observe/metrics.ts'

const lines = (text: string): string[] => text.split('\n').filter(line => line !== '' && !line.startsWith('#'))

describe('metrics of the controller', () => {
  it('count what the xDS server does', async () => {
    const metrics = createMetrics()
    const who = { proxy: 'p', node: 'n' }
    metrics.xds({ ...who, type: 'connected' })
    metrics.xds({ proxy: 'p', node: 'm', type: 'connected' })
    metrics.xds({ ...who, type: 'sent', xds: 'Cluster', changed: 3, removed: 1, bytes: 100 })
    metrics.xds({ ...who, type: 'sent', xds: 'Cluster', changed: 1, removed: 0, bytes: 50 })
    metrics.xds({ ...who, type: 'acknowledged', xds: 'Cluster' })
    metrics.xds({ ...who, type: 'rejected', xds: 'Listener', message: 'no' })
    metrics.xds({ ...who, type: 'disconnected' })
    const text = lines(await metrics.registry.metrics())
    expect(text).to.include.members([
      'sluice_controller_envoys{proxy="p"} 1',
      'sluice_controller_xds_resources_sent_total{type="Cluster"} 4',
      'sluice_controller_xds_resources_removed_total{type="Cluster"} 1',
      'sluice_controller_xds_sent_bytes_total{type="Cluster"} 150',
      'sluice_controller_xds_acknowledged_total{type="Cluster"} 1',
      'sluice_controller_xds_rejected_total{type="Listener"} 1',
    ])
  })

  it('show which Envoys are behind, and what is kept out', async () => {
    const metrics = createMetrics()
    const envoys = [
      { node: 'a', acknowledged: 2 },
      { node: 'b', acknowledged: 1 },
    ]
    const rejection = { type: 'RouteConfiguration', name: 'r', route: 'x', message: 'no' } as const
    metrics.status('p', { generation: 2, envoys, rejections: [rejection] })
    expect(lines(await metrics.registry.metrics())).to.include.members([
      'sluice_controller_envoys_behind{proxy="p"} 1',
      'sluice_controller_quarantined{proxy="p"} 1',
    ])
    metrics.status('p', { generation: 2, envoys: [], rejections: [] })
    expect(lines(await metrics.registry.metrics())).to.include.members([
      'sluice_controller_envoys_behind{proxy="p"} 0',
      'sluice_controller_quarantined{proxy="p"} 0',
    ])
  })

  it('have times in seconds', async () => {
    const metrics = createMetrics()
    metrics.translated(20)
    metrics.live(2_000)
    expect(lines(await metrics.registry.metrics())).to.include.members([
      'sluice_controller_translation_seconds_bucket{le="0.01"} 0',
      'sluice_controller_translation_seconds_bucket{le="0.025"} 1',
      'sluice_controller_live_seconds_sum 2',
    ])
  })

  it('are all named alike, and come over HTTP', async () => {
    const { registry } = createMetrics()
    const endpoint = await serveMetrics(registry, '127.0.0.1', 0)
    try {
      const response = await fetch(`http://127.0.0.1:${endpoint.port}/metrics`)
      expect(response.headers.get('content-type')).to.contain('text/plain')
      const text = lines(await response.text())
      expect(text.length).to.be.greaterThan(10)
      for (const line of text) expect(line).to.match(/^sluice_controller_/)
      expect((await fetch(`http://127.0.0.1:${endpoint.port}/other`)).status).to.equal(404)
    } finally {
      await endpoint.close()
    }
  })
})
