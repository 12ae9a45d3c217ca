// Gateway models in; what a parentRef can lead to out. The same parent object for the same model, so that attachments
// can be kept.
import type { Parent, Parents } from './attach.ts'
import type { GatewayModel } from './gateway.ts'
import type { World } from './world.ts'

export const parentsOf = (models: readonly GatewayModel[], world: World, stamp: object): Parents => {
  const index = new Map<string, Parent>()
  for (const model of models) for (const [key, parent] of parentsIn(model)) index.set(key, parent)
  return {
    stamp,
    parent: (kind, namespace, name) => index.get(`${kind}/${namespace}/${name}`),
    isForeign: (kind, namespace, name) => world.get(kind, namespace, name) !== undefined,
    labelsOf: world.labelsOf,
    defaultGateways: models
      .filter(({ gateway }) => gateway.spec.defaultScope === 'All')
      .map(({ gateway: { metadata } }) => `${metadata.namespace}/${metadata.name}`)
      .join('\n'),
  }
}

const known = new WeakMap<GatewayModel, [string, Parent][]>()

const parentsIn = (model: GatewayModel): [string, Parent][] => {
  const found = known.get(model)
  if (found) return found
  const { namespace, name } = model.gateway.metadata
  const parents: [string, Parent][] = [
    [`Gateway/${namespace}/${name}`, { gateway: model, listeners: model.listeners }],
    ...model.sets.map(({ set, listeners }): [string, Parent] => [
      `ListenerSet/${set.metadata.namespace}/${set.metadata.name}`,
      { gateway: model, listeners },
    ]),
  ]
  known.set(model, parents)
  return parents
}
