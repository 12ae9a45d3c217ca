// The module's memory, seen from the host: nothing is read or written beyond its end, and the view is renewed when the
// memory has grown.
import { byteString } from './bytes.ts'
import type { WasmMemory } from './wasm.ts'

export class Memory {
  readonly #memory: WasmMemory
  #bytes: Uint8Array
  #view: DataView

  constructor(memory: WasmMemory) {
    this.#memory = memory
    this.#bytes = new Uint8Array(memory.buffer)
    this.#view = new DataView(memory.buffer)
  }

  get size(): number {
    return this.#memory.buffer.byteLength
  }

  /** The live bytes: never to be kept across a call into the module. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = new Uint8Array(this.#memory.buffer)
      this.#view = new DataView(this.#memory.buffer)
    }
    return this.#bytes
  }

  holds(at: number, size: number): boolean {
    return at + size <= this.bytes.length
  }

  /** A copy, or undefined where the range is not in memory. */
  read(at: number, size: number): Uint8Array | undefined {
    return this.holds(at, size) ? this.bytes.slice(at, at + size) : undefined
  }

  /** The range as a byte string. */
  text(at: number, size: number): string | undefined {
    return this.holds(at, size) ? byteString(this.#bytes, at, at + size) : undefined
  }

  write(at: number, bytes: Uint8Array): boolean {
    if (!this.holds(at, bytes.length)) return false
    this.#bytes.set(bytes, at)
    return true
  }

  readWord(at: number): number | undefined {
    return this.holds(at, 4) ? this.#view.getUint32(at, true) : undefined
  }

  writeWord(at: number, value: number): boolean {
    if (!this.holds(at, 4)) return false
    this.#view.setUint32(at, value, true)
    return true
  }

  writeLong(at: number, value: bigint): boolean {
    if (!this.holds(at, 8)) return false
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), true)
    return true
  }
}
