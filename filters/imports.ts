// What a module of ours may ask of its host: the proxy-wasm calls that the SDK wraps, and clock and randomness from WASI.
// A module goes in, the imports beyond that come out.

const ABI = new Set([
  'proxy_add_header_map_value',
  'proxy_call_foreign_function',
  'proxy_close_stream',
  'proxy_continue_stream',
  'proxy_define_metric',
  'proxy_dequeue_shared_queue',
  'proxy_done',
  'proxy_enqueue_shared_queue',
  'proxy_get_buffer_bytes',
  'proxy_get_buffer_status',
  'proxy_get_current_time_nanoseconds',
  'proxy_get_header_map_pairs',
  'proxy_get_header_map_size',
  'proxy_get_header_map_value',
  'proxy_get_log_level',
  'proxy_get_metric',
  'proxy_get_property',
  'proxy_get_shared_data',
  'proxy_get_status',
  'proxy_grpc_call',
  'proxy_grpc_cancel',
  'proxy_grpc_close',
  'proxy_grpc_send',
  'proxy_grpc_stream',
  'proxy_http_call',
  'proxy_increment_metric',
  'proxy_log',
  'proxy_record_metric',
  'proxy_register_shared_queue',
  'proxy_remove_header_map_value',
  'proxy_replace_header_map_value',
  'proxy_resolve_shared_queue',
  'proxy_send_local_response',
  'proxy_set_buffer_bytes',
  'proxy_set_effective_context',
  'proxy_set_header_map_pairs',
  'proxy_set_property',
  'proxy_set_shared_data',
  'proxy_set_tick_period_milliseconds',
])

const WASI = new Set(['clock_time_get', 'random_get'])

/** The little of the engine's interface that is needed; ES2024's types leave it to the DOM's. */
const engine = (
  globalThis as unknown as {
    WebAssembly: {
      Module: { new (bytes: Uint8Array): object; imports(module: object): { module: string; name: string }[] }
    }
  }
).WebAssembly

export const foreignImports = (bytes: Uint8Array): string[] =>
  engine.Module.imports(new engine.Module(bytes))
    .filter(({ module, name }) => !isOurs(module, name))
    .map(({ module, name }) => `${module}.${name}`)

const isOurs = (module: string, name: string): boolean =>
  (module === 'env' && ABI.has(name)) || (module === 'wasi_snapshot_preview1' && WASI.has(name))
