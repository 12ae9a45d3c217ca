// The one way to a trap: what AssemblyScript's runtime calls when memory is exhausted. Builds name it with `--use abort=`.
import { Level, log } from './log'
import { view } from './bytes'

/** "out of memory", spelt in bytes: the hook may run before literals exist. */
const MESSAGE: usize = memory.data<u8>([
  0x6f, 0x75, 0x74, 0x20, 0x6f, 0x66, 0x20, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79,
])

export function abort(_message: usize = 0, _file: usize = 0, _line: u32 = 0, _column: u32 = 0): void {
  log(Level.Critical, view(MESSAGE, 13))
  unreachable()
}
