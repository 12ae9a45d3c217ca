// What a GatewayClass says of itself: accepted or not, and whether the installed version of the Gateway API is known.
import { expect } from 'chai'
import type { GatewayClass } from '../../controller/model/kinds.ts'
import { classesOf } from '../../controller/translate/classes.ts'

const controllerName = 'sluice.dev/gateway-controller'
const gatewayClass = (spec: object = {}) =>
  ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'ours', generation: 4 },
    spec: { controllerName, ...spec },
  }) as GatewayClass

const shown = (spec: object, bundleVersions?: string[]) => {
  const { accepted, statuses } = classesOf([gatewayClass(spec)], {
    controllerName,
    ...(bundleVersions ? { bundleVersions } : {}),
  })
  const conditions = statuses[0]?.status.conditions ?? []
  for (const { observedGeneration } of conditions) expect(observedGeneration).to.equal(4)
  return { accepted: [...accepted], said: conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`) }
}

describe('a GatewayClass', () => {
  it('is accepted, and says that the version is supported', () => {
    expect(shown({})).to.deep.equal({
      accepted: ['ours'],
      said: ['Accepted=True/Accepted', 'SupportedVersion=True/SupportedVersion'],
    })
    expect(shown({}, ['v1.6.3', 'v1.6.0']).said).to.include('SupportedVersion=True/SupportedVersion')
  })

  for (const version of ['v1.5.1', 'v1.60.0', 'v2.0.0', ''])
    it(`is served as well as may be where a CRD is of version "${version}"`, () => {
      expect(shown({}, ['v1.6.3', version])).to.deep.equal({
        accepted: ['ours'],
        said: ['Accepted=True/Accepted', 'SupportedVersion=False/UnsupportedVersion'],
      })
    })

  it('is not accepted with parameters, which are of no kind that we know', () => {
    expect(shown({ parametersRef: { group: 'x.test', kind: 'Tuning', name: 't' } })).to.deep.equal({
      accepted: [],
      said: ['Accepted=False/InvalidParameters', 'SupportedVersion=True/SupportedVersion'],
    })
  })

  it('names no feature of the experimental channel where the CRDs are of the standard one', () => {
    const named = (channel: 'standard' | 'experimental') => {
      const [first] = classesOf([gatewayClass()], { controllerName, channel }).statuses
      return (first?.status.supportedFeatures ?? []).map(({ name }) => name)
    }
    const standard = named('standard')
    expect(named('experimental').filter(name => !standard.includes(name))).to.deep.equal([
      'HTTPRouteDestinationPortMatching',
      'HTTPRouteRetry',
      'HTTPRouteRetryBackendTimeout',
      'HTTPRouteRetryConnectionError',
      'TLSRouteModeMixed',
    ])
    expect(standard).to.include('HTTPRouteCORS')
  })

  it('says so where a CRD has no version', () => {
    const [first] = classesOf([gatewayClass()], { controllerName, bundleVersions: [''] }).statuses
    const said = first?.status.conditions?.find(({ type }) => type === 'SupportedVersion')?.message
    expect(said).to.include('without a version')
  })

  it('has the names of features in order, each once', () => {
    const [first] = classesOf([gatewayClass()], { controllerName }).statuses
    const names = (first?.status.supportedFeatures ?? []).map(({ name }) => name)
    expect(names).to.include.members(['HTTPRoute', 'HTTPRouteCORS', 'ListenerSet'])
    expect(names).to.deep.equal([...new Set(names)].sort())
  })

  it('claims features of the experimental channel on that channel only', () => {
    const claimed = (channel: 'standard' | 'experimental'): string[] =>
      (classesOf([gatewayClass()], { controllerName, channel }).statuses[0]?.status.supportedFeatures ?? []).map(
        ({ name }) => name,
      )
    const [standard, experimental] = [claimed('standard'), claimed('experimental')]
    expect(experimental).to.include.members([...standard, 'HTTPRouteRetry'])
    expect(standard).to.include('HTTPRoute').and.not.include('HTTPRouteRetry')
  })
})
