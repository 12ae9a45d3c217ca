// A route's plan in; the metadata that carries it and its key out.
import { packAny } from '../../envoy/schema/any.ts'
import type { Metadata } from '../../envoy/schema/envoy.gen.ts'
import { KEY_MARK, keyOf } from '../../filters/plan/key.ts'
import type { Plan } from '../../filters/plan/plan.ts'
import { PLAN_METADATA } from '../../filters/suite/names.ts'
import { planBytes } from '../ir/plan-bytes.ts'

/** Translation has encoded it once, so it can be. */
const encodedOf = (plan: Plan): Uint8Array => {
  const encoded = planBytes(plan)
  if (!encoded.ok) throw new Error(`plan ${plan.rule}: ${encoded.faults.map(({ at, refusal }) => `${at} ${refusal}`)}`)
  return encoded.bytes
}

export const planMetadata = (plan: Plan): Metadata => ({
  typedFilterMetadata: { [PLAN_METADATA]: packAny('google.protobuf.BytesValue', base64(encodedOf(plan))) },
})

/** What the name of a route ends with, so that the filters know its plan by it: `filters/plan/key.ts`. */
export const planKey = (plan: Plan): string => KEY_MARK + keyOf(encodedOf(plan))

const base64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}
