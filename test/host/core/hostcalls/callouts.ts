// Host functions that call other clusters. All of them belong to the root context, whichever stream is running.
import { Status } from '../abi.ts'
import { readable } from '../bytes.ts'
import { readPairs } from '../pairs.ts'
import type { Vm } from '../vm.ts'
import type { HostCalls } from './imports.ts'

const fault = Status.InvalidMemoryAccess

export const calloutCalls = (vm: Vm): HostCalls => {
  const read = (at: number, size: number): Uint8Array | undefined => vm.memory.read(at >>> 0, size >>> 0)
  const text = (at: number, size: number): string | undefined => vm.memory.text(at >>> 0, size >>> 0)
  /** Writes the token of a call that was begun, passes on the status of one that was not. */
  const begun = (result: number | { status: number }, tokenAt: number): number => {
    if (typeof result !== 'number') return result.status
    return vm.memory.writeWord(tokenAt >>> 0, result) ? Status.Ok : fault
  }
  return {
    proxy_http_call: (
      clusterAt: number,
      clusterSize: number,
      headersAt: number,
      headersSize: number,
      bodyAt: number,
      bodySize: number,
      trailersAt: number,
      trailersSize: number,
      timeoutMs: number,
      tokenAt: number,
    ) => {
      const cluster = text(clusterAt, clusterSize)
      const headers = read(headersAt, headersSize)
      const body = read(bodyAt, bodySize)
      const trailers = read(trailersAt, trailersSize)
      if (cluster === undefined || !headers || !body || !trailers) return fault
      // Written first, as Envoy does, so that a bad address begins no call.
      if (!vm.memory.writeWord(tokenAt >>> 0, 0)) return fault
      const root = vm.acting().root
      if (!root) return Status.BadArgument
      return begun(root.callouts.http(cluster, readPairs(headers), body, readPairs(trailers), timeoutMs), tokenAt)
    },
    proxy_grpc_call: (
      clusterAt: number,
      clusterSize: number,
      serviceAt: number,
      serviceSize: number,
      methodAt: number,
      methodSize: number,
      metadataAt: number,
      metadataSize: number,
      messageAt: number,
      messageSize: number,
      timeoutMs: number,
      tokenAt: number,
    ) => {
      const cluster = text(clusterAt, clusterSize)
      const service = text(serviceAt, serviceSize)
      const method = text(methodAt, methodSize)
      const metadata = read(metadataAt, metadataSize)
      const message = read(messageAt, messageSize)
      if (cluster === undefined || service === undefined || method === undefined || !metadata || !message) return fault
      const root = vm.acting().root
      if (!root) return Status.BadArgument
      const pairs = readPairs(metadata)
      const callouts = root.callouts
      return begun(
        callouts.grpc.call(cluster, readable(service), readable(method), pairs, message, timeoutMs >>> 0),
        tokenAt,
      )
    },
    proxy_grpc_stream: (
      clusterAt: number,
      clusterSize: number,
      serviceAt: number,
      serviceSize: number,
      methodAt: number,
      methodSize: number,
      metadataAt: number,
      metadataSize: number,
      tokenAt: number,
    ) => {
      const cluster = text(clusterAt, clusterSize)
      const service = text(serviceAt, serviceSize)
      const method = text(methodAt, methodSize)
      const metadata = read(metadataAt, metadataSize)
      if (cluster === undefined || service === undefined || method === undefined || !metadata) return fault
      const root = vm.acting().root
      if (!root) return Status.BadArgument
      return begun(
        root.callouts.grpc.stream(cluster, readable(service), readable(method), readPairs(metadata)),
        tokenAt,
      )
    },
    proxy_grpc_send: (token: number, at: number, size: number, last: number) => {
      const message = read(at, size)
      if (!message) return fault
      return vm.acting().root?.callouts.grpc.send(token >>> 0, message, last !== 0) ?? Status.BadArgument
    },
    proxy_grpc_close: (token: number) => vm.acting().root?.callouts.grpc.close(token >>> 0) ?? Status.BadArgument,
    proxy_grpc_cancel: (token: number) => vm.acting().root?.callouts.grpc.cancel(token >>> 0) ?? Status.BadArgument,
  }
}
