// The generic cell rate algorithm as a meter: every request fills the bucket by one, time drains it at the limit's rate,
// and what would overflow is refused. Portable arithmetic in f64: no overflow, no trap, exact far beyond any real limit.

/** Rounding of the drain must not refuse what is due. */
const TOLERANCE = 1e-9

/**
 * The level after `elapsed` nanoseconds; a clock that went back drains nothing. What was let in under a larger burst counts
 * as a full bucket: it would else drain at the rate of now for as long as that takes, days if a limit was lowered.
 */
export function drained(level: f64, elapsed: f64, requests: f64, unitSeconds: f64, burst: f64): f64 {
  const held = Math.min(level, burst)
  if (elapsed <= 0) return held
  return Math.max(held - (elapsed * requests) / (unitSeconds * 1e9), 0)
}

/** One more request fits. */
export function hasRoom(level: f64, burst: f64): bool {
  return level + 1 <= burst + TOLERANCE
}

/** Whole seconds until one more request fits, at least 1; the unit where it never will. */
export function secondsUntilRoom(level: f64, burst: f64, requests: f64, unitSeconds: f64): f64 {
  if (requests <= 0 || burst < 1) return unitSeconds
  return Math.max(Math.ceil(((level + 1 - burst - TOLERANCE) * unitSeconds) / requests), 1)
}

/** Nanoseconds until nothing is left in the bucket: it may then be forgotten. */
export function nanosecondsToEmpty(level: f64, requests: f64, unitSeconds: f64): f64 {
  return requests > 0 ? (level * unitSeconds * 1e9) / requests : 9e18
}
