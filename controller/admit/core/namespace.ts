// Namespaces (kubernetes, pkg/apis/core/v1/defaults.go): each carries its own name as a label.
import { isDns1123Label } from '../names.ts'
import type { BuiltIn } from './kind.ts'

export const NAME_LABEL = 'kubernetes.io/metadata.name'

export const namespace: BuiltIn = {
  nameProblems: isDns1123Label,
  complete: ({ metadata }) => {
    metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name }
  },
  check: () => [],
}
