// Host functions about bodies, configurations and call payloads.
import { BUFFER_TYPE_MAX, Status } from '../abi.ts'
import { Body } from '../bytes.ts'
import type { Vm } from '../vm.ts'
import type { HostCalls } from './imports.ts'

const fault = Status.InvalidMemoryAccess

export const bufferCalls = (vm: Vm): HostCalls => ({
  proxy_get_buffer_bytes: (type: number, start: number, length: number, at: number, sizeAt: number) => {
    if (type >>> 0 > BUFFER_TYPE_MAX) return Status.BadArgument
    const buffer = vm.acting().buffer(type)
    if (!buffer) return Status.NotFound
    const from = start >>> 0
    const to = Math.min(from + (length >>> 0), buffer.length)
    if (from >= to) return vm.give(new Uint8Array(0), at >>> 0, sizeAt >>> 0) ? Status.Ok : fault
    const bytes = buffer instanceof Body ? buffer.bytes() : buffer
    return vm.give(bytes.subarray(from, to), at >>> 0, sizeAt >>> 0) ? Status.Ok : fault
  },
  proxy_get_buffer_status: (type: number, lengthAt: number, flagsAt: number) => {
    if (type >>> 0 > BUFFER_TYPE_MAX) return Status.BadArgument
    const buffer = vm.acting().buffer(type)
    if (!buffer) return Status.NotFound
    const written = vm.memory.writeWord(lengthAt >>> 0, buffer.length) && vm.memory.writeWord(flagsAt >>> 0, 0)
    return written ? Status.Ok : fault
  },
  /** The beginning can be replaced, or something put before or behind it all (`Buffer::copyFrom`). */
  proxy_set_buffer_bytes: (type: number, start: number, length: number, at: number, size: number) => {
    if (type >>> 0 > BUFFER_TYPE_MAX) return Status.BadArgument
    const buffer = vm.acting().buffer(type)
    if (!buffer) return Status.NotFound
    const bytes = vm.memory.read(at >>> 0, size >>> 0)
    if (!bytes) return fault
    if (!(buffer instanceof Body)) return Status.BadArgument
    if (start === 0) {
      buffer.drain(length >>> 0)
      buffer.prepend(bytes)
    } else if (start !== 0 && start >>> 0 >= buffer.length) buffer.append(bytes)
    else return Status.BadArgument
    return Status.Ok
  },
})
