// A Mirror's engine: what Envoy's own mirroring cannot do is refused with it, not left out.
import { expect } from 'chai'
import { createAdmission } from '../../controller/admit/admit.ts'

const admit = createAdmission({ channel: 'standard', defaultNamespace: 'default' })

const verdictOn = (spec: object): string[] | 'admitted' => {
  const metadata = { name: 'copies' }
  const value = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Mirror',
    metadata,
    spec: { backendRef: { name: 'b', port: 80 }, ...spec },
  }
  const verdict = admit(structuredClone(value), () => undefined)
  return verdict.type === 'refused' ? verdict.faults.map(({ message }) => message) : 'admitted'
}

describe('the engine of a Mirror', () => {
  const copy = { remove: ['cookie'] }

  it('Wasm does all that the kind knows, and is the default', () => {
    for (const engine of [{}, { engine: 'Wasm' }])
      expect(verdictOn({ ...engine, copy, sampleBy: 'x-user', maxBodyBytes: 10, mode: 'DryRun' })).to.equal('admitted')
  })

  it('Native copies a share', () => {
    expect(verdictOn({ engine: 'Native', fraction: { numerator: 5 } })).to.equal('admitted')
  })

  for (const [field, spec] of Object.entries({
    copy: { copy },
    sampleBy: { sampleBy: 'x-user' },
    maxBodyBytes: { maxBodyBytes: 10 },
    compare: { compare: 'Answers' },
    timeoutMilliseconds: { timeoutMilliseconds: 10 },
    DryRun: { mode: 'DryRun' },
  }))
    it(`Native knows no ${field}`, () => {
      const faults = verdictOn({ engine: 'Native', ...spec })
      expect(faults).to.have.length(1)
      expect(faults[0]).to.contain(field).and.to.contain('for the engine Wasm')
    })

  it('is one of the two', () => {
    expect(verdictOn({ engine: 'Envoy' })).to.not.equal('admitted')
  })
})
