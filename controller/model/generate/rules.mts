// CEL rules as trees, parsed once and for all: parsing them takes longer than everything else at a start.
// In: schemas. Out: the tree of every rule in them, as nested arrays, for controller/admit/cel/quick.ts.
import { parse } from '@bufbuild/cel'
import type { Tree } from '../rules.ts'
import type { KindSchema, Schema } from '../schema.ts'

export const ruleTrees = (kinds: readonly KindSchema[]): Record<string, Tree> => {
  const texts = new Set(
    kinds.flatMap(k => Object.values(k.versions).flatMap(v => (typeof v === 'string' ? [] : rulesIn(v)))),
  )
  return Object.fromEntries([...texts].sort().map(text => [text, treeOf(parse(text).expr)]))
}

const rulesIn = (schema: Schema): string[] => [
  ...(schema['x-kubernetes-validations'] ?? []).map(r => r.rule),
  ...[schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})].flatMap(s =>
    typeof s === 'object' ? rulesIn(s) : [],
  ),
]

export const treeOf = (expr: Expr | undefined): Tree => {
  const kind = expr?.exprKind
  switch (kind?.case) {
    case 'identExpr':
      return ['name', kind.value.name]
    case 'constExpr':
      return ['value', constant(kind.value.constantKind)]
    case 'selectExpr':
      return [kind.value.testOnly ? 'has' : 'field', treeOf(kind.value.operand), kind.value.field]
    case 'listExpr':
      return ['list', ...kind.value.elements.map(treeOf)]
    case 'callExpr': {
      const { target, function: name, args } = kind.value
      return ['call', name, ...(target ? [treeOf(target)] : []), ...args.map(treeOf)]
    }
    case 'comprehensionExpr': {
      const { iterVar, accuVar, iterRange, accuInit, loopCondition, loopStep, result } = kind.value
      const parts = [iterRange, accuInit, loopCondition, loopStep, result].map(treeOf)
      return ['fold', iterVar, accuVar, ...parts]
    }
    default:
      throw new Error(`a rule uses ${kind?.case}, which quick.ts does not know`)
  }
}

type Expr = NonNullable<ReturnType<typeof parse>['expr']>
type Constant = { case?: string | undefined; value?: unknown }

const constant = ({ case: type, value }: Constant): string | number | boolean | null => {
  if (type === 'int64Value' || type === 'uint64Value') return Number(value)
  if (type === 'stringValue' || type === 'boolValue' || type === 'doubleValue')
    return value as string | boolean | number
  if (type === 'nullValue') return null
  throw new Error(`a rule has a constant of type ${type}`)
}
