// Namespaces (kubernetes, pkg/apis/core/validation and v1/defaults.go): each carries its own name as a label.
import type { Namespace } from '../../model/kinds.ts'
import { type Fault, invalid } from '../fault.ts'
import { isDns1123Label, isLabelKey } from '../names.ts'
import { child, type Path, stepsOf } from '../path.ts'
import { type BuiltIn, checkLabels } from './kind.ts'

export const NAME_LABEL = 'kubernetes.io/metadata.name'

const LABELS = child(child(undefined, 'metadata'), 'labels')
const FINALIZERS = child(child(undefined, 'spec'), 'finalizers')
const OWN_FINALIZERS = ['kubernetes', 'foregroundDeletion', 'orphan']

export const namespace: BuiltIn = {
  nameProblems: isDns1123Label,
  complete: ({ metadata }) => {
    if (metadata.name !== '') metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name }
  },
  check: object => {
    const { metadata, spec } = object as Namespace
    const finalizers = spec?.finalizers ?? []
    return [
      ...checkLabels(LABELS, { [NAME_LABEL]: metadata.name }),
      ...finalizers.flatMap((name, i) => checkFinalizer(child(FINALIZERS, i), name)),
    ]
  },
}

const checkFinalizer = (path: Path, name: string): Fault[] => {
  const faults = isLabelKey(name).map(problem => invalid(FINALIZERS, name, problem))
  if (!name.includes('/') && !OWN_FINALIZERS.includes(name)) {
    faults.push(invalid(FINALIZERS, name, 'name is neither a standard finalizer name nor is it fully qualified'))
  }
  return faults.map(fault => ({ ...fault, steps: stepsOf(path) }))
}
