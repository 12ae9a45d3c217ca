// The proxy-wasm ABI as data: numbers that cross the border, and the type of every function a module may import, as
// Envoy 1.40 links them (proxy-wasm-cpp-host `exports.h`). Types are written `iI>i`: parameters, `>`, result; i = i32, I = i64.

export type AbiVersion = '0.1.0' | '0.2.0' | '0.2.1'

export const Status = {
  Ok: 0,
  NotFound: 1,
  BadArgument: 2,
  SerializationFailure: 3,
  ParseFailure: 4,
  InvalidMemoryAccess: 6,
  Empty: 7,
  CasMismatch: 8,
  InternalFailure: 10,
  BrokenConnection: 11,
  Unimplemented: 12,
} as const

export const MapType = {
  RequestHeaders: 0,
  RequestTrailers: 1,
  ResponseHeaders: 2,
  ResponseTrailers: 3,
  GrpcInitialMetadata: 4,
  GrpcTrailingMetadata: 5,
  HttpCallResponseHeaders: 6,
  HttpCallResponseTrailers: 7,
} as const
export const MAP_TYPE_MAX = 7

export const BufferType = {
  RequestBody: 0,
  ResponseBody: 1,
  DownstreamData: 2,
  UpstreamData: 3,
  HttpCallResponseBody: 4,
  GrpcReceive: 5,
  VmConfiguration: 6,
  PluginConfiguration: 7,
  CallData: 8,
} as const
export const BUFFER_TYPE_MAX = 8

export const StreamType = { Request: 0, Response: 1, Downstream: 2, Upstream: 3 } as const
export const STREAM_TYPE_MAX = 3

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'critical'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What a headers callback may answer; anything above is taken as the last. */
export const HeadersStatus = { Continue: 0, StopIteration: 1, StopAllAndBuffer: 3, StopAllAndWatermark: 4 } as const
export const DataStatus = { Continue: 0, StopAndBuffer: 1, StopAndWatermark: 2, StopNoBuffer: 3 } as const

const COMMON: Record<string, string> = {
  proxy_log: 'iii>i',
  proxy_get_status: 'iii>i',
  proxy_set_property: 'iiii>i',
  proxy_get_property: 'iiii>i',
  proxy_send_local_response: 'iiiiiiii>i',
  proxy_get_shared_data: 'iiiii>i',
  proxy_set_shared_data: 'iiiii>i',
  proxy_register_shared_queue: 'iii>i',
  proxy_resolve_shared_queue: 'iiiii>i',
  proxy_dequeue_shared_queue: 'iii>i',
  proxy_enqueue_shared_queue: 'iii>i',
  proxy_get_header_map_value: 'iiiii>i',
  proxy_add_header_map_value: 'iiiii>i',
  proxy_replace_header_map_value: 'iiiii>i',
  proxy_remove_header_map_value: 'iii>i',
  proxy_get_header_map_pairs: 'iii>i',
  proxy_set_header_map_pairs: 'iii>i',
  proxy_get_header_map_size: 'ii>i',
  proxy_get_buffer_status: 'iii>i',
  proxy_get_buffer_bytes: 'iiiii>i',
  proxy_set_buffer_bytes: 'iiiii>i',
  proxy_http_call: 'iiiiiiiiii>i',
  proxy_grpc_call: 'iiiiiiiiiiii>i',
  proxy_grpc_stream: 'iiiiiiiii>i',
  proxy_grpc_close: 'i>i',
  proxy_grpc_cancel: 'i>i',
  proxy_grpc_send: 'iiii>i',
  proxy_set_tick_period_milliseconds: 'i>i',
  proxy_get_current_time_nanoseconds: 'i>i',
  proxy_define_metric: 'iiii>i',
  proxy_increment_metric: 'iI>i',
  proxy_record_metric: 'iI>i',
  proxy_get_metric: 'ii>i',
  proxy_set_effective_context: 'i>i',
  proxy_done: '>i',
  proxy_call_foreign_function: 'iiiiii>i',
  envoy_resolve_dns: 'iii>i',
  pthread_equal: 'ii>i',
  emscripten_notify_memory_growth: 'i>',
}

const BY_ABI: Record<AbiVersion, Record<string, string>> = {
  '0.1.0': {
    proxy_get_configuration: 'ii>i',
    proxy_continue_request: '>i',
    proxy_continue_response: '>i',
    proxy_clear_route_cache: '>i',
  },
  '0.2.0': { proxy_continue_stream: 'i>i', proxy_close_stream: 'i>i' },
  '0.2.1': { proxy_continue_stream: 'i>i', proxy_close_stream: 'i>i', proxy_get_log_level: 'i>i' },
}

export const WASI: Record<string, string> = {
  args_get: 'ii>i',
  args_sizes_get: 'ii>i',
  clock_res_get: 'ii>i',
  clock_time_get: 'iIi>i',
  environ_get: 'ii>i',
  environ_sizes_get: 'ii>i',
  fd_advise: 'iIIi>i',
  fd_allocate: 'iII>i',
  fd_close: 'i>i',
  fd_datasync: 'i>i',
  fd_fdstat_get: 'ii>i',
  fd_fdstat_set_flags: 'ii>i',
  fd_fdstat_set_rights: 'iII>i',
  fd_filestat_get: 'ii>i',
  fd_filestat_set_size: 'iI>i',
  fd_filestat_set_times: 'iIIi>i',
  fd_pread: 'iiiIi>i',
  fd_prestat_dir_name: 'iii>i',
  fd_prestat_get: 'ii>i',
  fd_pwrite: 'iiiIi>i',
  fd_read: 'iiii>i',
  fd_readdir: 'iiiIi>i',
  fd_renumber: 'ii>i',
  fd_seek: 'iIii>i',
  fd_sync: 'i>i',
  fd_tell: 'ii>i',
  fd_write: 'iiii>i',
  path_create_directory: 'iii>i',
  path_filestat_get: 'iiiii>i',
  path_filestat_set_times: 'iiiiIIi>i',
  path_link: 'iiiiii>i',
  path_open: 'iiiiiIIii>i',
  path_readlink: 'iiiiii>i',
  path_remove_directory: 'iii>i',
  path_rename: 'iiiiii>i',
  path_symlink: 'iiiii>i',
  path_unlink_file: 'iii>i',
  poll_oneoff: 'iiii>i',
  proc_exit: 'i>',
  random_get: 'ii>i',
  sched_yield: '>i',
  sock_accept: 'iii>i',
  sock_recv: 'iiiiii>i',
  sock_send: 'iiiii>i',
  sock_shutdown: 'ii>i',
}

/** The type the host gives to `module.name` for a module of this ABI version, or undefined where Envoy has no such import. */
export const importType = (abi: AbiVersion, module: string, name: string): string | undefined => {
  if (module === 'env') return COMMON[name] ?? BY_ABI[abi][name]
  if (module === 'wasi_snapshot_preview1' || module === 'wasi_unstable') return WASI[name]
  return undefined
}
