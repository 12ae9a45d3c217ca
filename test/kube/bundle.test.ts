// Which Gateway API is installed, out of the annotations of its CRDs.
import { expect } from 'chai'
import { bundleOf } from '../../controller/sources/kube/bundle.ts'

const crd = (version?: string, channel?: string) => ({
  ...(version === undefined ? {} : { 'gateway.networking.k8s.io/bundle-version': version }),
  ...(channel === undefined ? {} : { 'gateway.networking.k8s.io/channel': channel }),
})

describe('the installed bundle of the Gateway API', () => {
  it('is unknown where no CRD is seen', () => {
    expect(bundleOf([])).to.equal(undefined)
  })

  it('is experimental where all CRDs are', () => {
    const all = [crd('v1.6.3', 'experimental'), crd('v1.6.3', 'experimental')]
    expect(bundleOf(all)).to.deep.equal({ versions: ['v1.6.3'], channel: 'experimental' })
  })

  it('is standard where one CRD is, or does not say', () => {
    for (const other of [crd('v1.6.3', 'standard'), crd('v1.6.3')])
      expect(bundleOf([crd('v1.6.3', 'experimental'), other])?.channel).to.equal('standard')
  })

  it('has each version once, in order, and an empty one for a CRD that does not say', () => {
    const all = [crd('v1.6.3'), crd(), crd('v1.5.0'), crd('v1.6.3')]
    expect(bundleOf(all)?.versions).to.deep.equal(['', 'v1.5.0', 'v1.6.3'])
  })
})
