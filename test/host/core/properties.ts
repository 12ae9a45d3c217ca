// Properties (attributes) as objects: a path of names walks a tree, what stands at its end is turned into bytes the way Envoy
// does (`serializeValue`): text and bytes as they are, integers 8 bytes little endian, booleans one byte, maps as pairs.
import { Status } from './abi.ts'
import { byteString, float64, int64, toByteString, toBytes } from './bytes.ts'
import { encodePairs, type Pair } from './pairs.ts'

export interface PropertyTree {
  readonly [name: string]: Property
}

/** `number` is an integer; a fraction is written `{ double: 0.5 }`, so that 1.0 has one meaning. */
export type Property =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | Date
  | { readonly double: number }
  | readonly Property[]
  | PropertyTree
  | undefined

const isDouble = (value: object): value is { double: number } =>
  'double' in value && typeof value.double === 'number' && Object.keys(value).length === 1

const isList = (value: Property): value is readonly Property[] => Array.isArray(value)

const isLeaf = (value: Property): boolean =>
  typeof value !== 'object' || value instanceof Uint8Array || value instanceof Date || isDouble(value)

/** One step down; undefined where there is nothing. */
export const stepInto = (value: Property, name: string): Property => {
  if (value === undefined || isLeaf(value)) return undefined
  if (isList(value)) return /^[+-]?\d+$/.test(name.trim()) ? value[Number(name)] : undefined
  const tree = value as PropertyTree
  return Object.hasOwn(tree, name) ? tree[name] : undefined
}

/** What a bare number is: an integer, or, inside `filter_metadata` (a protobuf Struct), a double. */
export type NumberKind = 'integer' | 'double'

export const serialize = (value: Property, numbers: NumberKind = 'integer'): Uint8Array | number => {
  if (value === undefined) return Status.NotFound
  if (typeof value === 'string') return toBytes(value)
  if (typeof value === 'number') return numbers === 'double' ? float64(value) : int64(BigInt(Math.trunc(value)))
  if (typeof value === 'bigint') return int64(value)
  if (typeof value === 'boolean') return new Uint8Array([value ? 1 : 0])
  if (value instanceof Uint8Array) return value
  if (value instanceof Date) return int64(BigInt(value.getTime()) * 1_000_000n)
  if (isList(value)) return encodePairs(value.map(item => [text(item, numbers), ''] as const))
  if (isDouble(value)) return float64(value.double)
  const pairs: Pair[] = []
  for (const [name, item] of Object.entries(value as PropertyTree)) {
    if (item !== undefined) pairs.push([toByteString(name), text(item, numbers)])
  }
  return encodePairs(pairs)
}

const text = (value: Property, numbers: NumberKind): string => {
  const bytes = serialize(value, numbers)
  return typeof bytes === 'number' ? '' : byteString(bytes)
}
