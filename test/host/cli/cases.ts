// Cases for `sluice test`: YAML in, typed cases or faults with their places out.
import { LineCounter, parseDocument } from 'yaml'
import type { PropertyTree } from '../core/index.ts'

export type Scalar = string | number | boolean
export type HeaderTable = Record<string, Scalar | Scalar[]>
/** A text must be equal; `/…/` is a pattern; null: absent. */
export type Wanted = Scalar | null | Scalar[]

export interface PluginPart {
  name?: string
  rootId?: string
  vmId?: string
  configuration?: unknown
  vmConfiguration?: unknown
  placement?: 'downstream' | 'upstream'
  onTrap?: 'fail-closed' | 'fail-open' | 'fail-reload'
}

export interface RequestPart {
  method?: string
  path?: string
  authority?: string
  headers?: HeaderTable
  body?: string | string[]
  trailers?: HeaderTable
  properties?: PropertyTree
  route?: { name?: string; cluster?: string; metadata?: PropertyTree; typedMetadata?: Record<string, string> } | null
  retries?: number
}

export interface AnswerPart {
  status?: number
  headers?: HeaderTable
  body?: string
  trailers?: HeaderTable
  afterMs?: number
}

export interface ExpectPart {
  status?: number
  headers?: Record<string, Wanted>
  body?: Wanted
  trailers?: Record<string, Wanted>
  upstream?: null | {
    method?: Wanted
    path?: Wanted
    authority?: Wanted
    headers?: Record<string, Wanted>
    body?: Wanted
    attempts?: number
  }
  localReply?: null | { status?: number; details?: Wanted; body?: Wanted }
  paused?: 'request' | 'response' | null
  calls?: { cluster?: Wanted; path?: Wanted; body?: Wanted }[]
  logs?: Wanted[]
  metrics?: Record<string, number>
  decision?: unknown
}

export interface Step {
  request?: RequestPart
  answer?: AnswerPart | AnswerPart[] | 'never' | 'reset'
  /** So often; what is expected holds for each. */
  times?: number
  /** Milliseconds that pass before the request. */
  afterMs?: number
  worker?: number
  expect?: ExpectPart
}

export interface Case extends Step {
  name: string
  plugin?: PluginPart
  clusters?: Record<string, AnswerPart | 'never' | 'reset' | 'no-host'>
  workers?: number
  /** Several requests through the same plugin, one after the other. */
  steps?: Step[]
}

export interface CaseFile {
  wasm?: string
  plugin?: PluginPart
  cases: Case[]
}

export interface CaseFault {
  line: number
  column: number
  message: string
}

const STEP = ['request', 'answer', 'times', 'afterMs', 'worker', 'expect']
const KEYS: Record<string, readonly string[]> = {
  file: ['wasm', 'plugin', 'cases'],
  case: [...STEP, 'name', 'plugin', 'clusters', 'workers', 'steps'],
  step: STEP,
  plugin: ['name', 'rootId', 'vmId', 'configuration', 'vmConfiguration', 'placement', 'onTrap'],
  request: ['method', 'path', 'authority', 'headers', 'body', 'trailers', 'properties', 'route', 'retries'],
  expect: [
    'status',
    'headers',
    'body',
    'trailers',
    'upstream',
    'localReply',
    'paused',
    'calls',
    'logs',
    'metrics',
    'decision',
  ],
}

/** The cases, or what is wrong with the text. */
export const parseCases = (text: string): { ok: true; file: CaseFile } | { ok: false; faults: CaseFault[] } => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const faults: CaseFault[] = []
  const fault = (offset: number, message: string): void => {
    const { line, col } = lines.linePos(offset)
    faults.push({ line, column: col, message })
  }
  for (const error of document.errors) fault(error.pos[0], error.message.split('\n')[0]!)
  if (faults.length > 0) return { ok: false, faults }
  const offsetOf = (path: (string | number)[]): number => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined
    return node?.range?.[0] ?? 0
  }
  const check = (value: unknown, kind: string, path: (string | number)[]): value is Record<string, unknown> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      fault(offsetOf(path), `${path.join('.') || 'the file'} must be a mapping`)
      return false
    }
    for (const key of Object.keys(value)) {
      if (!KEYS[kind]!.includes(key)) fault(offsetOf([...path, key]), `${kind} has no field "${key}"`)
    }
    return true
  }
  const file: unknown = document.toJS()
  if (check(file, 'file', []) && Array.isArray(file.cases)) {
    for (const [i, one] of file.cases.entries())
      checkCase(one, ['cases', i], check, message => fault(offsetOf(['cases', i]), message))
  } else if (faults.length === 0) fault(0, 'the file must hold a list "cases"')
  return faults.length > 0 ? { ok: false, faults } : { ok: true, file: file as unknown as CaseFile }
}

const checkCase = (
  one: unknown,
  path: (string | number)[],
  check: (value: unknown, kind: string, path: (string | number)[]) => value is Record<string, unknown>,
  fault: (message: string) => void,
): void => {
  if (!check(one, 'case', path)) return
  if (typeof one.name !== 'string') fault('a case needs a name')
  if (one.plugin !== undefined) check(one.plugin, 'plugin', [...path, 'plugin'])
  const parts = (step: Record<string, unknown>, at: (string | number)[]): void => {
    if (step.request !== undefined) check(step.request, 'request', [...at, 'request'])
    if (step.expect !== undefined) check(step.expect, 'expect', [...at, 'expect'])
  }
  parts(one, path)
  const steps = Array.isArray(one.steps) ? one.steps : []
  for (const [i, step] of steps.entries())
    if (check(step, 'step', [...path, 'steps', i])) parts(step, [...path, 'steps', i])
}
