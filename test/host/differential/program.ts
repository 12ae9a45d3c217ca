// Programs for the probe module (fixtures/probe): lists of operations per callback, written as `[name, argument, …]` in YAML or
// by a generator, encoded as the bytes that travel in the request's `x-program` header.
import { toBytes } from '../core/bytes.ts'
import { pairsOf } from '../core/headers.ts'
import { encodePairs } from '../core/pairs.ts'

export type Argument = string | number | Record<string, string> | [string, string][]
export type Operation = [name: string, ...arguments_: Argument[]]
export type Program = Partial<Record<PhaseName, Operation[]>>

export const PHASES = {
  'request-headers': 1,
  'request-body': 2,
  'request-trailers': 3,
  'response-headers': 4,
  'response-body': 5,
  'response-trailers': 6,
  log: 7,
  done: 8,
  delete: 9,
  'call-response': 10,
  'grpc-receive': 11,
  'grpc-close': 12,
  'grpc-initial': 13,
  'grpc-trailing': 14,
} as const
export type PhaseName = keyof typeof PHASES

type Kind = 'number' | 'text' | 'map' | 'buffer' | 'stream' | 'pairs' | 'path' | 'level'

/** Operation, its number, and what it takes. */
export const OPERATIONS: Record<string, readonly [number, ...Kind[]]> = {
  get: [1, 'map', 'text'],
  pairs: [2, 'map'],
  add: [3, 'map', 'text', 'text'],
  replace: [4, 'map', 'text', 'text'],
  remove: [5, 'map', 'text'],
  'set-pairs': [6, 'map', 'pairs'],
  size: [7, 'map'],
  buffer: [8, 'buffer', 'number', 'number'],
  'set-buffer': [9, 'buffer', 'number', 'number', 'text'],
  'buffer-status': [10, 'buffer'],
  property: [11, 'path'],
  'set-property': [12, 'path', 'text'],
  reply: [13, 'number', 'text', 'text', 'pairs', 'number'],
  continue: [14, 'stream'],
  close: [15, 'stream'],
  call: [16, 'text', 'pairs', 'text', 'number'],
  increment: [17, 'number', 'text', 'number'],
  record: [18, 'number', 'text', 'number'],
  'get-metric': [19, 'number', 'text'],
  'set-shared': [20, 'text', 'text', 'number'],
  'get-shared': [21, 'text'],
  return: [22, 'number'],
  trap: [23],
  foreign: [24, 'text'],
  status: [25],
  effective: [26, 'number'],
  enqueue: [28, 'text', 'text'],
  dequeue: [29, 'text'],
  'grpc-call': [30, 'text', 'text', 'text', 'pairs', 'text', 'number'],
  'bad-address': [31, 'map'],
  log: [32, 'level'],
  'grpc-stream': [33, 'text', 'text', 'text', 'pairs'],
  'grpc-send': [34, 'text', 'number'],
  'grpc-close': [35],
  'grpc-cancel': [36],
  'grpc-send-to': [37, 'number'],
}

const NAMES: Partial<Record<Kind, Record<string, number>>> = {
  map: {
    request: 0,
    'request-trailers': 1,
    response: 2,
    'response-trailers': 3,
    'grpc-initial': 4,
    'grpc-trailing': 5,
    call: 6,
    'call-trailers': 7,
  },
  buffer: { request: 0, response: 1, call: 4, grpc: 5, vm: 6, plugin: 7, 'call-data': 8 },
  stream: { request: 0, response: 1, downstream: 2, upstream: 3 },
}

const encodeArgument = (kind: Kind, value: Argument): number[] => {
  const named = typeof value === 'string' ? NAMES[kind]?.[value] : undefined
  if (named !== undefined) return number(named)
  if (kind === 'pairs') {
    return typeof value === 'string'
      ? text(toBytes(value))
      : text(encodePairs(pairsOf(value as Record<string, string>)))
  }
  if (kind === 'path') return text(toBytes(String(value).replaceAll('|', '\0')))
  if (kind === 'text') return text(toBytes(String(value)))
  if (typeof value !== 'number') throw new Error(`not a ${kind}: ${JSON.stringify(value)}`)
  return number(value)
}

const number = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255]
const text = (bytes: Uint8Array): number[] => [bytes.length & 255, bytes.length >> 8, ...bytes]

const withId = (value: Argument, id: string): Argument =>
  typeof value === 'number' ? value : JSON.parse(JSON.stringify(value).replaceAll('%id', id))

/** The program as hex; `%id` in any text becomes the scenario's id. */
export const encodeProgram = (program: Program, id = ''): string => {
  const bytes: number[] = []
  for (const [phase, operations] of Object.entries(program)) {
    for (const [name, ...args] of operations) {
      const operation = OPERATIONS[name]
      if (!operation) throw new Error(`no operation ${name}`)
      const [code, ...kinds] = operation
      if (args.length !== kinds.length) throw new Error(`${name} takes ${kinds.join(', ')}`)
      const body = kinds.flatMap((kind, i) => encodeArgument(kind, withId(args[i]!, id)))
      bytes.push(PHASES[phase as PhaseName], code, body.length & 255, body.length >> 8, ...body)
    }
  }
  return bytes.map(byte => byte.toString(16).padStart(2, '0')).join('')
}
