// A scenario: a request, what the backend answers, and what the probe does on the way. Run in the host and in Envoy, it must
// leave the same traces: what the probe logged, what the backend saw, what the client saw.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Operation, Program } from './program.ts'

/** Another module than the probe: what it is called and configured with, and whether it logs as the probe does. */
export interface RunnerOptions {
  rootId?: string
  configuration?: string
  logs?: 'of-probe' | 'none'
  onTrap?: 'fail-closed' | 'fail-open' | 'fail-reload'
}

export type Placement = 'downstream' | 'upstream'
export type Pairs = [string, string][]

export interface Scenario {
  name: string
  placement: Placement
  request: { method: string; path: string; headers: Pairs; body: string[]; trailers: Pairs }
  response: { status: number; headers: Pairs; body: string[]; trailers: Pairs }
  program: Program
}

export interface Observed {
  log: string[]
  upstream: { method: string; path: string; headers: string[]; body: string; trailers: string[] } | null
  client: { status: number; headers: string[]; body: string; trailers: string[] } | 'cut off' | 'nothing'
}

interface Written {
  name: string
  placement?: Placement | 'both'
  /** Each gives a scenario of its own; `$name` in any text is replaced. */
  each?: Record<string, (string | number)[]>
  request?: Partial<{ method: string; path: string; headers: Pairs; body: string | string[]; trailers: Pairs }>
  response?: Partial<{ status: number; headers: Pairs; body: string | string[]; trailers: Pairs }>
  program?: Record<string, Operation[]>
}

const list = (body: string | string[] | undefined): string[] =>
  body === undefined || body === '' ? [] : typeof body === 'string' ? [body] : body

const combinations = (each: Written['each']): Record<string, string | number>[] => {
  let all: Record<string, string | number>[] = [{}]
  for (const [name, values] of Object.entries(each ?? {})) {
    all = all.flatMap(held => values.map(value => ({ ...held, [name]: value })))
  }
  return all
}

/** A text that is one variable becomes the value itself, so that numbers stay numbers. */
const fill = (value: unknown, variables: Record<string, string | number>): unknown => {
  if (typeof value === 'string') {
    const whole = /^\$(\w+)$/.exec(value)
    if (whole && whole[1]! in variables) return variables[whole[1]!]
    return value.replace(/\$(\w+)/g, (text, name) => (name in variables ? String(variables[name]) : text))
  }
  if (Array.isArray(value)) return value.map(item => fill(item, variables))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, variables)]))
}

const pairs = (written: Pairs | undefined): Pairs => (written ?? []).map(([name, value]) => [name, String(value)])

const complete = (written: Written, placement: Placement): Scenario => ({
  name: `${written.name} (${placement})`,
  placement,
  request: {
    method: written.request?.method ?? 'GET',
    path: written.request?.path ?? '/',
    headers: pairs(written.request?.headers),
    body: list(written.request?.body),
    trailers: pairs(written.request?.trailers),
  },
  response: {
    status: written.response?.status ?? 200,
    headers: pairs(written.response?.headers),
    body: list(written.response?.body),
    trailers: pairs(written.response?.trailers),
  },
  program: written.program ?? {},
})

/** All scenarios of a YAML file, variables filled in. */
export const readScenarios = (file: string | URL): Scenario[] => {
  const all = parse(readFileSync(file, 'utf8')) as Written[]
  return all.flatMap(written => {
    const placements: Placement[] =
      written.placement === 'both' ? ['downstream', 'upstream'] : [written.placement ?? 'downstream']
    return combinations(written.each).flatMap(variables => {
      const { each: _, ...rest } = written
      const filled = fill(rest, variables) as Written
      const suffix = Object.values(variables).join(' ')
      return placements.map(placement =>
        complete({ ...filled, name: `${filled.name}${suffix ? `: ${suffix}` : ''}` }, placement),
      )
    })
  })
}

/** The headers a client sends besides the scenario's own: probe and framing. */
export const framing = (scenario: Scenario): Pairs => {
  const { body, trailers } = scenario.request
  if (body.length === 0 && trailers.length === 0) return []
  if (body.length === 1 && trailers.length === 0) return [['content-length', String(Buffer.byteLength(body[0]!))]]
  return [['transfer-encoding', 'chunked']]
}

export const responseFraming = (scenario: Scenario): Pairs => {
  const { status, body, trailers, headers } = scenario.response
  if (status === 204 || status === 304 || headers.some(([name]) => name === 'content-length')) return []
  if (body.length <= 1 && trailers.length === 0) return [['content-length', String(Buffer.byteLength(body[0] ?? ''))]]
  return [['transfer-encoding', 'chunked']]
}
