// The table that `sluice run` shows: Gateways with the URLs that answer, routes, and what their status says. In: the statuses
// of a translation and the listeners' URLs. Out: text; colours are the terminal's business (styleText drops them elsewhere).
import { styleText } from 'node:util'
import { getBorderCharacters, table } from 'table'
import type { ObjectStatus } from '../translate/status.ts'
import { conditionsOf, faultsOf } from './faults.ts'

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

function rowsOf(status: ObjectStatus, urls: readonly ListenerUrl[]): string[][] {
  const { object } = status
  if (!shown.has(object.kind)) return []
  const name = `${object.metadata.namespace}/${object.metadata.name}`
  const where = status.status.parents
    ? status.status.parents.map(({ parentRef }) => `→ ${parentRef.name}`)
    : urls.filter(each => each.gateway === name).map(each => each.url)
  return [[object.kind, name, verdict(status), where.join('\n')]]
}

/** What is wrong, in the conditions' words; else what is good. */
function verdict(status: ObjectStatus): string {
  const faults = faultsOf(status)
  if (faults.length > 0) return faults.map(fault => styleText('red', fault)).join('\n')
  const good = new Set(conditionsOf(status).flatMap(({ type, status }) => (status === 'True' ? [type] : [])))
  return styleText('green', [...good].join(', '))
}
