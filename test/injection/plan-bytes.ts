// Plans as a hostile or broken controller would write them: the layout is right and the contents are anything. Every
// character of a text is one byte; nothing is checked.
import { type Writer, writer } from '../../filters/plan/bytes.ts'
import * as layout from '../../filters/plan/layout.ts'

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

export const rewrite = (parts: number, host: string, prefix: string, value: string): Operation => ({
  kind: layout.OPERATION_REWRITE,
  body: out => {
    out.u8(parts)
    for (const text of [host, prefix, value]) put(out, text)
  },
})

export const mirror = (cluster: string): Operation => ({
  kind: layout.OPERATION_MIRROR,
  body: out => {
    for (const number of [1, 1, 1000, 1024]) out.u32(number)
    put(out, cluster)
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
