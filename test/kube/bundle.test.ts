// What the CRDs of the Gateway API say of themselves: versions, channel, and what is believed where they cannot be read.
import type { ServerResponse } from 'node:http'
import { expect } from 'chai'
import { connect } from '../../controller/sources/kube/api.ts'
import { type BundleReader, bundleOf, bundleReader } from '../../controller/sources/kube/bundle.ts'
import { startServer, type TestServer } from './api-server.ts'
import { until } from './until.ts'

const GROUP = 'gateway.networking.k8s.io'
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/'
const said = (version: string, channel: string) => ({
  [`${GROUP}/bundle-version`]: version,
  [`${GROUP}/channel`]: channel,
})

describe('the installed Gateway API', () => {
  it('is of the versions that its CRDs name, and of none where one does not say', () => {
    expect(
      bundleOf([said('v1.6.3', 'standard'), said('v1.5.0', 'standard'), said('v1.6.3', 'standard')]),
    ).to.deep.equal({ versions: ['v1.5.0', 'v1.6.3'], channel: 'standard' })
    expect(bundleOf([said('v1.6.3', 'experimental'), {}])?.versions).to.deep.equal(['', 'v1.6.3'])
    expect(bundleOf([])).to.equal(undefined)
  })

  it('is of the experimental channel only where all of it is', () => {
    expect(bundleOf([said('v1.6.3', 'experimental')])?.channel).to.equal('experimental')
    expect(bundleOf([said('v1.6.3', 'experimental'), said('v1.6.3', 'standard')])?.channel).to.equal('standard')
    expect(bundleOf([{}])?.channel).to.equal('standard')
  })

  describe('at an API server', () => {
    let server: TestServer
    let reader: BundleReader
    let crds: Map<string, object>
    let refuses: boolean
    let changes: number
    let failures: string[]
    let end: AbortController
    let running: Promise<void>

    beforeEach(async () => {
      server = await startServer()
      crds = new Map([['gateways', said('v1.6.3', 'standard')]])
      refuses = false
      changes = 0
      failures = []
      server.intercept = ({ path }, response: ServerResponse) => {
        if (!path.startsWith(CRDS)) return false
        const annotations = crds.get(path.slice(CRDS.length, -GROUP.length - 1))
        const [code, body] = refuses
          ? [403, { reason: 'Forbidden', message: 'no' }]
          : annotations
            ? [200, { metadata: { annotations } }]
            : [404, { reason: 'NotFound', message: 'none' }]
        response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
        return true
      }
      const client = connect(server.config)
      reader = bundleReader(client, {
        onChange: () => changes++,
        failed: error => failures.push((error as Error).message),
        everyMs: 5,
      })
      end = new AbortController()
    })
    afterEach(async () => {
      end.abort()
      await running
      await server.close()
    })

    const looks = () => server.asked.filter(({ path }) => path === `${CRDS}gateways.${GROUP}`).length

    it('is read by name, and again: what is upgraded is noticed, what stays is no news', async () => {
      expect(reader.isRead).to.equal(false)
      running = reader.run(end.signal)
      await until(() => reader.isRead)
      expect(reader.bundle).to.deep.equal({ versions: ['v1.6.3'], channel: 'standard' })
      const before = looks()
      await until(() => looks() >= before + 3)
      expect(changes).to.equal(1)
      crds.set('tlsroutes', said('v1.7.0', 'standard'))
      await until(() => changes === 2)
      expect(reader.bundle?.versions).to.deep.equal(['v1.6.3', 'v1.7.0'])
    })

    it('holds nobody up where it may not be read', async () => {
      refuses = true
      running = reader.run(end.signal)
      await until(() => reader.isRead)
      expect(reader.bundle).to.equal(undefined)
      expect(changes).to.equal(1)
      expect(failures).to.deep.equal(['no'])
    })
  })
})
