// Plans as a hostile or broken controller would write them: the layout is right and the contents are anything. Every
// character of a text is one byte; nothing is checked.
import { type Writer, writer } from '../../filters/plan/bytes.ts'
import * as layout from '../../filters/plan/layout.ts'
import { regex } from '../../filters/regex/regex.ts'

export type Edit = [action: number, name: string, value: string]

export interface RawPlan {
  rule?: string
  policy?: string
  /** Operations by section. */
  sections: { kind: number; operations: Operation[] }[]
}

export interface Operation {
  kind: number
  body(out: Writer): void
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

const put = (out: Writer, text: string): void => {
  out.u16(text.length)
  out.bytes(bytes(text))
}

export const headers = (...edits: Edit[]): Operation => ({
  kind: layout.OPERATION_HEADERS,
  body: out => {
    for (const [action, name, value] of edits) {
      out.u8(action)
      put(out, name)
      put(out, value)
    }
  },
})

export interface RawMutation {
  action: number
  source: number
  name: string
  argument?: string
  /** What becomes of what `^(.*)$` matches; absent: no expression. */
  template?: string
}

export const mutate = (...mutations: RawMutation[]): Operation => ({
  kind: layout.OPERATION_MUTATE,
  body: out => {
    for (const { action, source, name, argument = '', template } of mutations) {
      const compiled = regex(EXPRESSION)
      const program = template !== undefined && compiled.ok ? compiled.program : new Uint8Array()
      out.u8(action)
      out.u8(source)
      for (const text of [name, argument, template === undefined ? '' : EXPRESSION]) put(out, text)
      out.u16(program.length)
      out.bytes(program)
      put(out, template ?? '')
    }
  },
})

const EXPRESSION = '^(.*)$'

export const rewrite = (parts: number, host: string, prefix: string, value: string): Operation => ({
  kind: layout.OPERATION_REWRITE,
  body: out => {
    out.u8(parts)
    for (const text of [host, prefix, value]) put(out, text)
  },
})

/** `copy`: the header to sample by, and edits of the copy. */
export const mirror = (cluster: string, copy?: { sampleBy: string; edits: Edit[] }): Operation => ({
  kind: layout.OPERATION_MIRROR,
  body: out => {
    for (const number of [1, 1, 1000, 1024]) out.u32(number)
    put(out, cluster)
    if (!copy) return
    put(out, copy.sampleBy)
    headers(...copy.edits).body(out)
  },
})

/** A limit that lets nothing through, so that its name is in the answer. */
export const rateLimit = (name: string): Operation => ({
  kind: layout.OPERATION_RATE_LIMIT,
  body: out => {
    out.u32(0)
    out.u8(layout.SCOPE_WORKER)
    for (const number of [0, 1, 0]) out.u32(number)
    put(out, name)
    out.u8(0)
  },
})

export function planBytes({ rule = 'a/b#0', policy = 'a/b', sections }: RawPlan): Uint8Array {
  const out = writer()
  out.u8(layout.SECTION_RULE)
  out.u8(0)
  out.sized(() => put(out, rule))
  for (const { kind, operations } of sections) {
    out.u8(kind)
    out.u8(0)
    out.sized(() => {
      for (const operation of operations) {
        out.u8(operation.kind)
        out.u8(0)
        out.u16(policy.length)
        out.sized(() => {
          out.bytes(bytes(policy))
          operation.body(out)
        })
      }
    })
  }
  const body = out.done()
  const whole = writer()
  whole.u32(layout.MAGIC)
  whole.u32(layout.PLAN_HEADER + body.length)
  whole.bytes(body)
  return whole.done()
}
