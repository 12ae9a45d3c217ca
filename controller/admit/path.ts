// The path to a field while a value is walked, and its two forms: steps to find it, text to name it.
// In: child paths, made cheaply on the way down. Out: `spec.rules[0].matches`, as the API server writes it.
import type { Steps } from './yaml/node.ts'

/** `undefined` is the root. Only turned into text when there is something to say. */
export type Path = { readonly parent: Path; readonly step: string | number; readonly isMapKey?: true } | undefined

export const child = (parent: Path, step: string | number): Path => ({ parent, step })

/** A key of a map whose keys the user chooses; where Kubernetes writes `[key]` for it. */
export const mapKey = (parent: Path, step: string): Path => ({ parent, step, isMapKey: true })

export const stepsOf = (path: Path): Steps => {
  const steps: (string | number)[] = []
  for (let p = path; p !== undefined; p = p.parent) steps.push(p.step)
  return steps.reverse()
}

/** The empty string for the root. */
export const textOf = (path: Path): string => {
  if (path === undefined) return ''
  const before = textOf(path.parent)
  if (typeof path.step === 'number' || path.isMapKey) return `${before}[${path.step}]`
  return before === '' ? path.step : `${before}.${path.step}`
}
