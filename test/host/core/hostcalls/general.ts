// Host functions about the plugin as a whole and the stream's fate: log, time, configuration, properties, metrics, continue,
// close, local replies, effective context.
import { LOG_LEVELS, STREAM_TYPE_MAX, Status, StreamType } from '../abi.ts'
import { byteString, readable } from '../bytes.ts'
import { RootContext } from '../context.ts'
import { lower } from '../headers.ts'
import { readPairs } from '../pairs.ts'
import { serialize, stepInto } from '../properties.ts'
import type { Vm } from '../vm.ts'
import type { HostCalls } from './imports.ts'

const fault = Status.InvalidMemoryAccess

export const generalCalls = (vm: Vm): HostCalls => ({
  ...pluginCalls(vm),
  ...streamCalls(vm),
  ...propertyCalls(vm),
  ...metricCalls(vm),
  pthread_equal: (left: number, right: number) => (left === right ? 1 : 0),
  emscripten_notify_memory_growth: () => undefined,
  // No name is ever resolved: a test has no DNS.
  envoy_resolve_dns: () => Status.InternalFailure,
})

const pluginCalls = (vm: Vm): HostCalls => ({
  proxy_log: (level: number, at: number, size: number) => {
    if (level >>> 0 >= LOG_LEVELS.length) return Status.BadArgument
    const message = vm.memory.text(at >>> 0, size >>> 0)
    if (message === undefined) return fault
    if (level >= vm.world.logLevel) vm.acting().log(level, readable(message))
    return Status.Ok
  },
  proxy_get_log_level: (at: number) => (vm.memory.writeWord(at >>> 0, vm.world.logLevel) ? Status.Ok : fault),
  proxy_get_current_time_nanoseconds: (at: number) =>
    vm.memory.writeLong(at >>> 0, vm.world.clock.wallNanoseconds) ? Status.Ok : fault,
  proxy_set_tick_period_milliseconds: (period: number) => {
    vm.acting().root?.tickEvery(period >>> 0)
    return Status.Ok
  },
  proxy_get_configuration: (at: number, sizeAt: number) => {
    const root = vm.acting().root
    const bytes = root?.configuring ?? vm.identity.configuration
    return vm.give(bytes, at >>> 0, sizeAt >>> 0) ? Status.Ok : fault
  },
  proxy_get_status: (codeAt: number, at: number, sizeAt: number) => {
    const status = vm.acting().root?.status ?? { code: 0, message: '' }
    if (!vm.memory.writeWord(codeAt >>> 0, status.code)) return fault
    const message = new TextEncoder().encode(status.message)
    return vm.give(message, at >>> 0, sizeAt >>> 0) ? Status.Ok : fault
  },
  proxy_done: () => {
    const root = vm.acting()
    if (!(root instanceof RootContext) || !vm.pendingDone.delete(root)) return Status.NotFound
    vm.later(() => root.finish())
    return Status.Ok
  },
})

const streamCalls = (vm: Vm): HostCalls => {
  const continueStream = (type: number): number => vm.acting().continueStream(type) ?? Status.Ok
  return {
    proxy_continue_stream: (type: number) => (type >>> 0 > STREAM_TYPE_MAX ? Status.BadArgument : continueStream(type)),
    proxy_close_stream: (type: number) =>
      type >>> 0 > STREAM_TYPE_MAX ? Status.BadArgument : (vm.acting().closeStream(type) ?? Status.Ok),
    proxy_continue_request: () => continueStream(StreamType.Request),
    proxy_continue_response: () => continueStream(StreamType.Response),
    proxy_clear_route_cache: () => {
      vm.acting().requestHeadersChanged()
      return Status.Ok
    },
    proxy_set_effective_context: (id: number) => (vm.setEffective(id >>> 0) ? Status.Ok : Status.BadArgument),
    proxy_send_local_response: (
      status: number,
      detailsAt: number,
      detailsSize: number,
      bodyAt: number,
      bodySize: number,
      pairsAt: number,
      pairsSize: number,
      grpcStatus: number,
    ) => {
      const details = vm.memory.text(detailsAt >>> 0, detailsSize >>> 0)
      const body = vm.memory.text(bodyAt >>> 0, bodySize >>> 0)
      const pairs = vm.memory.read(pairsAt >>> 0, pairsSize >>> 0)
      if (details === undefined || body === undefined || pairs === undefined) return fault
      vm.acting().localReply({
        status: status >>> 0,
        body,
        headers: readPairs(pairs),
        // SDKs say -1 for "none".
        grpcStatus: grpcStatus >= 0 && grpcStatus <= 16 ? grpcStatus : undefined,
        details: details.replace(/[ \t\n\v\f\r]/g, '_'),
      })
      vm.stopNext = true
      return Status.Ok
    },
  }
}

const propertyCalls = (vm: Vm): HostCalls => ({
  proxy_get_property: (pathAt: number, pathSize: number, at: number, sizeAt: number) => {
    const path = vm.memory.text(pathAt >>> 0, pathSize >>> 0)
    if (path === undefined) return fault
    const value = property(vm, path)
    if (typeof value === 'number') return value
    return vm.give(value, at >>> 0, sizeAt >>> 0) ? Status.Ok : fault
  },
  proxy_set_property: (pathAt: number, pathSize: number, at: number, size: number) => {
    const path = vm.memory.text(pathAt >>> 0, pathSize >>> 0)
    const value = vm.memory.read(at >>> 0, size >>> 0)
    if (path === undefined || value === undefined) return fault
    const state = vm.acting().filterState
    if (!state) return Status.NotFound
    state.set(path, value)
    return Status.Ok
  },
})

// Envoy works their fields out one by one: as a whole they cannot be written.
const WRAPPERS = new Set(['request', 'response', 'connection', 'upstream', 'source', 'destination', 'xds'])

const property = (vm: Vm, path: string): Uint8Array | number => {
  const parts = path.split('\0')
  if (parts.at(-1) === '') parts.pop()
  // Envoy is left with an empty value, which it cannot write.
  if (parts.length === 0) return Status.SerializationFailure
  const [first, ...rest] = parts.map(readable) as [string, ...string[]]
  const context = vm.acting()
  if (rest.length === 0 && WRAPPERS.has(first)) return Status.SerializationFailure
  let value = context.attribute(first)
  if (value === undefined) value = context.filterState?.get(parts[0]!)
  let under = first
  for (const part of rest) {
    if (value === undefined) return Status.NotFound
    // Names of headers compare without case.
    value = stepInto(value, under === 'headers' || under === 'trailers' ? lower(part) : part)
    under = part
  }
  return serialize(value, rest.includes('filter_metadata') ? 'double' : 'integer')
}

const metricCalls = (vm: Vm): HostCalls => ({
  proxy_define_metric: (type: number, nameAt: number, nameSize: number, idAt: number) => {
    const name = vm.memory.read(nameAt >>> 0, nameSize >>> 0)
    if (!name) return fault
    const id = vm.metrics.define(type >>> 0, readable(byteString(name)))
    if (id === undefined) return Status.BadArgument
    return vm.memory.writeWord(idAt >>> 0, id) ? Status.Ok : fault
  },
  proxy_increment_metric: (id: number, offset: bigint) => vm.metrics.increment(id >>> 0, offset),
  proxy_record_metric: (id: number, value: bigint) => vm.metrics.record(id >>> 0, value),
  proxy_get_metric: (id: number, at: number) => {
    const value = vm.metrics.get(id >>> 0)
    if (typeof value === 'number') return value
    return vm.memory.writeLong(at >>> 0, value) ? Status.Ok : fault
  },
})
