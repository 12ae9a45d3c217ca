// Log lines through the host's own log.
import { size, start, View } from './bytes'
import { Status } from './abi'
import { OUT_NUMBER } from './out'

/** How much a line matters. */
export namespace Level {
  export const Trace: i32 = 0
  export const Debug: i32 = 1
  export const Info: i32 = 2
  export const Warn: i32 = 3
  export const Error: i32 = 4
  export const Critical: i32 = 5
}

// @ts-ignore: decorator
@external('env', 'proxy_log')
declare function proxy_log(level: i32, at: usize, size: i32): i32

/** Gives a line to the host's log, which leaves out those below its own level. `BadArgument`: no such level. */
export function log(level: i32, line: View): i32 {
  return proxy_log(level, start(line), size(line))
}

// @ts-ignore: decorator
@external('env', 'proxy_get_log_level')
declare function proxy_get_log_level(level: usize): i32

/** The least level that the host prints; everything when it does not say. */
export function logLevel(): i32 {
  return proxy_get_log_level(OUT_NUMBER) == Status.Ok ? load<i32>(OUT_NUMBER) : Level.Trace
}
