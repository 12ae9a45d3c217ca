// A Gateway API duration (GEP-2257: `1h30m`, `500ms`, `0s`) in, milliseconds out.

const MILLISECONDS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** Undefined where the text is no such duration. Admission has checked it; this stays total. */
export const milliseconds = (text: string): number | undefined => {
  if (!/^([0-9]{1,5}(h|m|s|ms)){1,4}$/.test(text)) return undefined
  let sum = 0
  for (const [, count, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g)) sum += Number(count) * MILLISECONDS[unit!]!
  return sum
}
