// A label selector and labels in, whether they match out (apimachinery `LabelSelector`).
import type { LabelSelector, LabelSelectorRequirement } from '../model/kinds.ts'

/** An absent selector matches nothing, an empty one everything. An operator we do not know matches nothing. */
export const selects = (selector: LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean =>
  selector !== undefined &&
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
  (selector.matchExpressions ?? []).every(requirement => meets(requirement, labels))

const meets = ({ key, operator, values = [] }: LabelSelectorRequirement, labels: Readonly<Record<string, string>>) => {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
