// Figures beside what they should be and what others published. In: samples. Out: rows for people, all of it for machines.
import { getBorderCharacters, type TableUserConfig, table } from 'table'
import { quantile } from '../cpu.ts'
import type { Live } from './live.ts'
import { type StageName, type Stages, stageNames } from './stages.ts'
import type { Shape } from './world.ts'

export interface Measured {
  routes: number
  shape: Shape
  live: Live
  stages: Stages
}

/** howardjohn/gateway-api-bench, commit 141add6 (December 2025), 16 cores: orders of magnitude, not rivals of this machine. */
const OTHERS = {
  reload: 'agentgateway 10-30, Istio 120-300, Envoy Gateway 600 (p99, 3,000 routes)',
  start: 'Envoy alone applies 10,000 routes in 147',
  memory: 'Envoy Gateway reached 45 GB at 5,000 routes',
}

type Row = [what: string, p50: string, p99: string, max: string, target: string, others: string]

const HEAD: Row = ['', 'p50', 'p99', 'max', 'target', 'others']

const ms = (value: number): string => value.toFixed(value < 10 ? 1 : 0)

const rowOf = (what: string, samples: readonly number[], target = '', others = ''): Row => [
  what,
  ms(quantile(samples, 0.5)),
  ms(quantile(samples, 0.99)),
  ms(Math.max(...samples)),
  target,
  others,
]

const once = (what: string, value: string, target = '', others = ''): Row => [what, value, '', '', target, others]

const reloadTarget = (routes: number): string => (routes <= 3_000 ? 'p99 < 50' : routes <= 10_000 ? 'p99 < 150' : '')

export function tableOf({ routes, shape, live, stages }: Measured): string {
  const { before, after, peak } = live.memory
  const one = (name: StageName) => stages.oneRoute.map(times => times[name])
  const rows: Row[] = [
    HEAD,
    rowOf('rename of a route to live, ms', live.reloadMs, reloadTarget(routes), OTHERS.reload),
    once('… CPU of the controller', ms(live.cpuMs.controller)),
    once('… CPU of Envoy’s main thread', ms(live.cpuMs.envoy)),
    once('command to all live, ms', ms(live.startMs), routes <= 10_000 ? '< 2000' : '', OTHERS.start),
    ...stageNames.map(name => once(`${name} everything, ms`, ms(stages.all[name]))),
    ...stageNames.map(name => rowOf(`${name} one changed route, ms`, one(name))),
    once('route table as sent, MB', (stages.bytes / 1e6).toFixed(2)),
    once('controller, MB: live', before.toFixed(0), routes <= 10_000 ? '< 400' : '', OTHERS.memory),
    once(`… after ${live.reloadMs.length} changes`, after.toFixed(0), 'flat'),
    once('… at most', peak.toFixed(0)),
  ]
  const manner = shape === 'hosts' ? 'a hostname each' : 'one hostname'
  return `${routes} routes, ${manner}\n${table(rows, FORM)}`
}

const right = { alignment: 'right' } as const

const FORM: TableUserConfig = {
  border: getBorderCharacters('norc'),
  columns: [{}, right, right, right, {}, { width: 38, wrapWord: true }],
  drawHorizontalLine: (line, lines) => line <= 1 || line === lines,
}
