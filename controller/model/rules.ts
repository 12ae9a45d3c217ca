// The CEL rules of all schemas, parsed. In: generated data. Out: the tree of a rule, by its text.
import data from './gen/rules.json' with { type: 'json' }

/**
 * `['name', n]`, `['value', v]`, `['field', of, n]`, `['has', of, n]`, `['list', …]`, `['call', function, …]`: the target
 * of a method is its first argument; `['fold', item, accumulator, range, init, condition, step, result]`.
 */
export type Tree = [string, ...(Tree | string | number | boolean | null)[]]

export const ruleTree = (rule: string): Tree | undefined => {
  const { rules } = data as unknown as { rules: Record<string, Tree> }
  return Object.hasOwn(rules, rule) ? rules[rule] : undefined
}
