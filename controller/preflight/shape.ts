// A plan's bytes in, its shape out: the same text for plans that differ only in the letters of names (of the rule, of the
// objects that its operations come from). The module writes these into records, and finds buckets by them; whether it can read
// and execute a plan does not depend on them. Bytes that are no plan of the layout are their own shape.
import * as layout from '../../filters/plan/layout.ts'

export const shapeOf = (plan: Uint8Array): string => {
  const shape = Buffer.from(plan)
  return (hideNames(shape) ? shape : Buffer.from(plan.buffer, plan.byteOffset, plan.length)).toString('latin1')
}

/** Writes over the names; false, and the bytes are of no use, where these are not laid out as they should be. */
const hideNames = (bytes: Buffer): boolean => {
  const { length } = bytes
  if (length < layout.PLAN_HEADER || bytes.readUInt32LE(0) !== layout.MAGIC) return false
  let at = layout.PLAN_HEADER
  while (at + layout.SECTION_HEADER <= length) {
    const start = at + layout.SECTION_HEADER
    const end = start + bytes.readUInt32LE(at + 2)
    if (end > length) return false
    const kind = bytes[at]!
    const isLaidOut = kind === layout.SECTION_RULE ? hideText(bytes, start, end) : hidePolicies(bytes, kind, start, end)
    if (!isLaidOut) return false
    at = end
  }
  return at === length
}

/** A text and nothing else. */
const hideText = (bytes: Buffer, start: number, end: number): boolean => {
  if (start + 2 > end || start + 2 + bytes.readUInt16LE(start) !== end) return false
  hide(bytes, start + 2, end)
  return true
}

const hidePolicies = (bytes: Buffer, kind: number, start: number, end: number): boolean => {
  const isOfCluster = kind === layout.SECTION_CLUSTER_REQUEST || kind === layout.SECTION_CLUSTER_RESPONSE
  if (isOfCluster && start + 2 > end) return false
  let at = isOfCluster ? start + 2 + bytes.readUInt16LE(start) : start
  while (at + layout.OPERATION_HEADER <= end) {
    const policy = at + layout.OPERATION_HEADER
    const next = policy + bytes.readUInt32LE(at + 4)
    const policyEnd = policy + bytes.readUInt16LE(at + 2)
    if (next > end || policyEnd > next) return false
    hide(bytes, policy, policyEnd)
    at = next
  }
  return at === end
}

/** Letters and digits become one; what else may stand in a name stays. */
const hide = (bytes: Buffer, start: number, end: number): void => {
  for (let at = start; at < end; at++) if (isLetter(bytes[at]!)) bytes[at] = 0x61
}

const isLetter = (byte: number): boolean => (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39)
