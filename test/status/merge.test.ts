import { expect } from 'chai'
import { mergeStatus } from '../../controller/status/merge.ts'
import type { WantedCondition } from '../../controller/translate/status.ts'

const OURS = 'sluice.dev/gateway-controller'
const THEN = '2026-01-01T00:00:00Z'
const NOW = '2026-02-02T00:00:00Z'

const accepted = (status: WantedCondition['status'], message = 'm', observedGeneration = 1): WantedCondition => ({
  type: 'Accepted',
  status,
  reason: 'R',
  message,
  observedGeneration,
})
const merge = (existing: unknown, wanted: Parameters<typeof mergeStatus>[1]) => mergeStatus(existing, wanted, OURS, NOW)

describe('mergeStatus', () => {
  it('writes a new condition with the time of now', () => {
    expect(merge(undefined, { conditions: [accepted('True')] })).to.deep.equal({
      conditions: [{ ...accepted('True'), lastTransitionTime: NOW }],
    })
  })

  it('writes nothing where nothing changed', () => {
    const existing = { conditions: [{ ...accepted('True'), lastTransitionTime: THEN }] }
    expect(merge(existing, { conditions: [accepted('True')] })).to.equal(undefined)
  })

  it('keeps the time while the status of the condition stays, whatever else changes', () => {
    const existing = { conditions: [{ ...accepted('True'), lastTransitionTime: THEN }] }
    expect(merge(existing, { conditions: [accepted('True', 'other', 2)] })?.conditions).to.deep.equal([
      { ...accepted('True', 'other', 2), lastTransitionTime: THEN },
    ])
    expect(merge(existing, { conditions: [accepted('False')] })?.conditions).to.deep.equal([
      { ...accepted('False'), lastTransitionTime: NOW },
    ])
  })

  it('leaves conditions of others alone, and takes away ours that no longer hold', () => {
    const foreign = { ...accepted('True'), type: 'special.io/Thing', lastTransitionTime: THEN }
    const past = { ...accepted('True'), type: 'PartiallyInvalid', lastTransitionTime: THEN }
    const merged = merge({ conditions: [foreign, past] }, { conditions: [accepted('True')] })
    expect(merged?.conditions).to.deep.equal([{ ...accepted('True'), lastTransitionTime: NOW }, foreign])
  })

  const parentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' }
  const entry = (controllerName: string, name = 'web') => ({
    parentRef: { ...parentRef, name },
    controllerName,
    conditions: [{ ...accepted('True'), lastTransitionTime: THEN }],
  })

  it('keeps the parents of other controllers and replaces ours', () => {
    const existing = { parents: [entry('example.com/other'), entry(OURS), entry(OURS, 'gone')] }
    const wanted = { parents: [{ parentRef, controllerName: OURS, conditions: [accepted('True')] }] }
    expect(merge(existing, wanted)?.parents).to.deep.equal([entry('example.com/other'), entry(OURS)])
  })

  it('removes our parents where none is wanted', () => {
    expect(merge({ parents: [entry(OURS), entry('example.com/other')] }, { parents: [] })?.parents).to.deep.equal([
      entry('example.com/other'),
    ])
  })

  it('keeps the times of listeners by their name', () => {
    const listener = { name: 'http', supportedKinds: [], attachedRoutes: 1 }
    const existing = {
      listeners: [{ ...listener, conditions: [{ ...accepted('True'), lastTransitionTime: THEN }] }],
    }
    const wanted = { listeners: [{ ...listener, attachedRoutes: 2, conditions: [accepted('True')] }] }
    expect(merge(existing, wanted)?.listeners).to.deep.equal([
      { ...listener, attachedRoutes: 2, conditions: [{ ...accepted('True'), lastTransitionTime: THEN }] },
    ])
  })

  it('survives a status that is none', () => {
    for (const odd of [null, 1, 'x', [], { conditions: 'x', parents: {} }])
      expect(merge(odd, { conditions: [accepted('True')] })?.conditions).to.have.length(1)
  })
})
