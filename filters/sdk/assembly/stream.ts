// Contexts: acting for one outside its own callback, going on with a paused stream, ending late, ticks.

// @ts-ignore: decorator
@external('env', 'proxy_set_effective_context')
declare function proxy_set_effective_context(context: u32): i32

/** Host calls act for that context until the callback ends. Fails when it is gone. */
export function actFor(context: u32): i32 {
  return proxy_set_effective_context(context)
}

/** Which way of a stream a call means: requests and responses are of HTTP streams, the other two of connections. */
export namespace Direction {
  export const Request: i32 = 0
  export const Response: i32 = 1
  export const Downstream: i32 = 2
  /** Can be closed only: Envoy answers `Status.Unimplemented` to `continueStream`. */
  export const Upstream: i32 = 3
}

/** Who has closed a connection, in `proxy_on_downstream_connection_close` and `proxy_on_upstream_connection_close`. */
export namespace Peer {
  export const Unknown: i32 = 0
  /** The proxy itself. */
  export const Local: i32 = 1
  /** The client, or the server behind the proxy. */
  export const Remote: i32 = 2
}

// @ts-ignore: decorator
@external('env', 'proxy_continue_stream')
declare function proxy_continue_stream(direction: i32): i32

/** Goes on after `Action.Pause`. Change headers before this. */
export function continueStream(direction: i32): i32 {
  return proxy_continue_stream(direction)
}

// @ts-ignore: decorator
@external('env', 'proxy_close_stream')
declare function proxy_close_stream(direction: i32): i32

/** Resets the stream once the callback has ended: nothing more is sent either way. */
export function closeStream(direction: i32): i32 {
  return proxy_close_stream(direction)
}

// @ts-ignore: decorator
@external('env', 'proxy_set_tick_period_milliseconds')
declare function proxy_set_tick_period_milliseconds(period: u32): i32

/** Calls `proxy_on_tick` of the running root that often; 0 stops it. */
export function setTickPeriod(milliseconds: u32): i32 {
  return proxy_set_tick_period_milliseconds(milliseconds)
}

// @ts-ignore: decorator
@external('env', 'proxy_done')
declare function proxy_done(): i32

/** Says that a context is done whose `proxy_on_done` returned 0 to have some more time. */
export function finishDone(): i32 {
  return proxy_done()
}
