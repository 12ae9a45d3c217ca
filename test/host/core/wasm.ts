// The engine's WebAssembly interface, as far as the host uses it: neither Node's types nor ES2024's have it, and the DOM's
// would bring a browser's globals into every file.

export interface WasmModule {
  readonly wasmModule: unique symbol
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

export interface WasmTable {
  readonly length: number
}

/** A mutable global that holds an i32. */
export interface WasmGlobal {
  value: number
}

export type WasmFunction = (...args: never[]) => unknown
export type WasmImports = Record<string, Record<string, WasmFunction | WasmMemory | WasmTable>>

interface Engine {
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: Record<string, unknown> }
  readonly Memory: new (limits: { initial: number; maximum?: number }) => WasmMemory
  readonly Table: new (limits: { element: 'anyfunc'; initial: number; maximum?: number }) => WasmTable
  compile(bytes: Uint8Array): Promise<WasmModule>
  /** JSPI, where the engine has it. */
  readonly Suspending?: new (
    fn: WasmFunction,
  ) => WasmFunction
  promising?(fn: WasmFunction): WasmFunction
}

export const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly
