// Asks the host for something that it does not have to give.
// @ts-ignore: decorator
@external('env', 'no_such_call')
declare function noSuchCall(): i32

export function proxy_on_configure(_root: u32, _size: i32): i32 {
  return noSuchCall()
}
