// The status of an answer, to a request or to a copy.
import { ABSENT, header, literal, size, start } from 'proxy-wasm-assemblyscript-sdk/assembly'

const STATUS = literal(':status')

/** Three digits as a number, which no answer has as 0 or 1. */
export function statusIn(map: i32): u32 {
  const status = header(map, STATUS)
  if (status == ABSENT || size(status) != 3) return 999
  const at = start(status)
  return (<u32>load<u8>(at) - 0x30) * 100 + (<u32>load<u8>(at, 1) - 0x30) * 10 + (<u32>load<u8>(at, 2) - 0x30)
}
