// Finding the lists of operations in a checked plan.
import { ABSENT, end, equals, size, start, View, view } from 'proxy-wasm-assemblyscript-sdk/assembly'
import { FLAG_FIRST_ATTEMPT, PLAN_HEADER, SECTION_HEADER, SECTION_RULE } from '../layout'
import { afterText, text } from './text'

/** What the first section of a kind holds, or `ABSENT`. */
export function section(plan: View, kind: i32): View {
  const at = find(start(plan) + PLAN_HEADER, end(plan), kind)
  return at ? content(at) : ABSENT
}

/** The operations that a kind of section holds for one cluster, or `ABSENT`. */
export function clusterSection(plan: View, kind: i32, cluster: View): View {
  const to = end(plan)
  for (let at = find(start(plan) + PLAN_HEADER, to, kind); at; at = find(next(at), to, kind)) {
    const body = content(at)
    if (!equals(text(start(body)), cluster)) continue
    const operations = afterText(start(body))
    return view(operations, <i32>(end(body) - operations))
  }
  return ABSENT
}

/** `namespace/name#rule`; empty when the plan does not say. */
export function ruleOf(plan: View): View {
  const body = section(plan, SECTION_RULE)
  return body == ABSENT ? view(start(plan), 0) : text(start(body))
}

/** Request operations must not run again on a retry. */
export function isFirstAttemptOnly(plan: View): bool {
  const at = find(start(plan) + PLAN_HEADER, end(plan), SECTION_RULE)
  return at != 0 && (load<u8>(at, 1) & FLAG_FIRST_ATTEMPT) != 0
}

function find(from: usize, to: usize, kind: i32): usize {
  for (let at = from; at < to; at = next(at)) if (<i32>load<u8>(at) == kind) return at
  return 0
}

// @ts-ignore: decorator
@inline
function next(section: usize): usize {
  return section + SECTION_HEADER + <usize>load<u32>(section, 2)
}

// @ts-ignore: decorator
@inline
function content(section: usize): View {
  return view(section + SECTION_HEADER, load<i32>(section, 2))
}
