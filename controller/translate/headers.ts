// A header modifier filter in, the operation of the plan out, or why its values must not reach the wire. Names that
// differ in case only are one header; of several entries for it the first counts (HTTPHeaderFilter). Envoy checks none
// of this: a line break in a value would split a response in two.
import { type Fault, headerName, headerValue } from '../../filters/plan/check.ts'
import type { Header, HeadersOp } from '../../filters/plan/plan.ts'
import type { HTTPHeader, HTTPHeaderFilter } from '../model/kinds.ts'
import type { Outcome } from './conditions.ts'
import { problemOf } from './plan-faults.ts'

export const headersOp = (filter: HTTPHeaderFilter, policy: string, at: string): Outcome<HeadersOp> => {
  const [fault] = faultsIn(filter, at)
  if (fault) return { problem: problemOf(fault) }
  const taken = new Set<string>()
  const isNew = (name: string): boolean => !taken.has(name) && taken.add(name) !== undefined
  const kept = (headers: readonly HTTPHeader[] | undefined): Header[] =>
    (headers ?? []).map(({ name, value }) => ({ name: name.toLowerCase(), value })).filter(({ name }) => isNew(name))
  return {
    value: {
      type: 'Headers',
      policy,
      set: kept(filter.set),
      add: kept(filter.add),
      remove: (filter.remove ?? []).map(name => name.toLowerCase()).filter(isNew),
    },
  }
}

const faultsIn = ({ set, add, remove }: HTTPHeaderFilter, at: string): Fault[] => [
  ...entryFaults(set, `${at}.set`),
  ...entryFaults(add, `${at}.add`),
  ...(remove ?? []).flatMap((name, index) => headerName(name, `${at}.remove[${index}]`)),
]

const entryFaults = (headers: readonly HTTPHeader[] | undefined, at: string): Fault[] =>
  (headers ?? []).flatMap(({ name, value }, index) => [
    ...headerName(name, `${at}[${index}].name`),
    ...headerValue(value, `${at}[${index}].value`),
  ])
