// The table that `sluice run` shows: Gateways with the URLs that answer, routes, and what their status says. In: the statuses
// of a translation and the listeners' URLs. Out: text; colours are the terminal's business (styleText drops them elsewhere).
import { styleText } from 'node:util'
import { getBorderCharacters, table } from 'table'
import type { ObjectStatus, WantedCondition } from '../translate/status.ts'

export interface ListenerUrl {
  /** `namespace/name` of the Gateway. */
  gateway: string
  url: string
}

export function overview(statuses: readonly ObjectStatus[], urls: readonly ListenerUrl[]): string {
  const rows = statuses.flatMap(status => rowsOf(status, urls))
  const head = ['KIND', 'NAME', 'STATUS', 'WHERE'].map(cell => styleText('bold', cell))
  return table([head, ...rows], {
    border: getBorderCharacters('void'),
    columnDefault: { paddingLeft: 0, paddingRight: 2 },
    columns: { 2: { width: 60, wrapWord: true } },
    drawHorizontalLine: () => false,
  })
}

const shown = new Set(['Gateway', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute', 'ListenerSet'])

function rowsOf({ object, status }: ObjectStatus, urls: readonly ListenerUrl[]): string[][] {
  if (!shown.has(object.kind)) return []
  const name = `${object.metadata.namespace}/${object.metadata.name}`
  if (status.parents) {
    return status.parents.map(parent => [object.kind, name, verdict(parent.conditions), `→ ${parent.parentRef.name}`])
  }
  const conditions = [
    ...(status.conditions ?? []),
    ...(status.listeners ?? []).flatMap(listener => listener.conditions),
  ]
  const where = urls.filter(each => each.gateway === name).map(each => each.url)
  return [[object.kind, name, verdict(conditions), where.join('\n')]]
}

/** What is wrong, in the conditions' words; else what is good. */
function verdict(conditions: readonly WantedCondition[]): string {
  const wrong = conditions.filter(isWrong)
  if (wrong.length > 0) {
    return [
      ...new Set(wrong.map(({ type, reason, message }) => styleText('red', `${type}: ${reason}: ${message}`))),
    ].join('\n')
  }
  const good = new Set(conditions.filter(({ status }) => status === 'True').map(({ type }) => type))
  return styleText('green', [...good].join(', '))
}

const bad = new Set(['Conflicted', 'PartiallyInvalid', 'OverlappingTLSConfig', 'InsecureFrontendValidationMode'])

const isWrong = ({ type, status }: WantedCondition) => (bad.has(type) ? status === 'True' : status !== 'True')
