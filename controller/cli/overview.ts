// The table that `sluice run` shows: Gateways with the URLs that answer, routes, and what their status says. In: the statuses
// of a translation and the listeners' URLs. Out: text; colours are the terminal's business (styleText drops them elsewhere).
import { styleText } from 'node:util'
import type { ObjectStatus } from '../translate/status.ts'
import { type Cells, inColumns, wrapped } from './columns.ts'
import { conditionsOf, faultsOf } from './faults.ts'

export interface ListenerUrl {
  /** `namespace/name` of the Gateway. */
  gateway: string
  url: string
}

export function overview(statuses: readonly ObjectStatus[], urls: readonly ListenerUrl[]): string {
  const head = ['KIND', 'NAME', 'STATUS', 'WHERE'].map(cell => [styleText('bold', cell)])
  return inColumns([head, ...statuses.flatMap(status => rowsOf(status, urls))])
}

const STATUS_WIDTH = 60

const shown = new Set(['Gateway', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute', 'ListenerSet'])

function rowsOf(status: ObjectStatus, urls: readonly ListenerUrl[]): Cells[] {
  const { object } = status
  if (!shown.has(object.kind)) return []
  const name = `${object.metadata.namespace}/${object.metadata.name}`
  const where = status.status.parents
    ? status.status.parents.map(({ parentRef }) => `→ ${parentRef.name}`)
    : urls.filter(each => each.gateway === name).map(each => each.url)
  return [[[object.kind], [name], verdict(status), where]]
}

/** What is wrong, in the conditions' words; else what is good. */
function verdict(status: ObjectStatus): string[] {
  const faults = faultsOf(status)
  const good = new Set(conditionsOf(status).flatMap(({ type, status }) => (status === 'True' ? [type] : [])))
  const [colour, lines] = faults.length > 0 ? (['red', faults] as const) : (['green', [[...good].join(', ')]] as const)
  return lines.flatMap(line => wrapped(line, STATUS_WIDTH)).map(line => styleText(colour, line))
}
