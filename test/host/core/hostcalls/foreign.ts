// Functions of Envoy's beyond the ABI: expressions, which a root leaves with the host and its streams evaluate. The host knows those
// that are a whole number or a text, as modules tell their roots apart by (`runningRoot` of the SDK); all others are
// unimplemented.
// https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/wasm_filter
import { Status } from '../abi.ts'
import type { Vm } from '../vm.ts'
import type { HostCalls } from './imports.ts'

const fault = Status.InvalidMemoryAccess

export const foreignCalls = (vm: Vm): HostCalls => ({
  proxy_call_foreign_function: (
    nameAt: number,
    nameSize: number,
    argumentAt: number,
    argumentSize: number,
    at: number,
    sizeAt: number,
  ) => {
    const name = vm.memory.text(nameAt >>> 0, nameSize >>> 0)
    const argument = vm.memory.read(argumentAt >>> 0, argumentSize >>> 0)
    if (name === undefined || argument === undefined) return fault
    const result = call(vm, name, argument)
    if (typeof result === 'number') return result
    return vm.give(result, at >>> 0, sizeAt >>> 0) ? Status.Ok : fault
  },
})

/** What the function gives, or a status. */
function call(vm: Vm, name: string, argument: Uint8Array): Uint8Array | number {
  const expressions = vm.acting().root?.expressions
  if (!expressions) return Status.NotFound
  switch (name) {
    case 'expr_create': {
      const value = constant(new TextDecoder().decode(argument))
      if (!value) return Status.Unimplemented
      return word(expressions.push(value) - 1)
    }
    case 'expr_evaluate': {
      if (argument.length !== 4) return Status.BadArgument
      return expressions[wordOf(argument)] ?? Status.NotFound
    }
    case 'expr_delete': {
      if (argument.length !== 4) return Status.BadArgument
      expressions[wordOf(argument)] = undefined
      return new Uint8Array()
    }
    default:
      return Status.NotFound
  }
}

/** An integer as properties have it, eight bytes; a text as it is. */
function constant(source: string): Uint8Array | undefined {
  if (/^-?\d{1,18}$/.test(source)) {
    const bytes = new DataView(new ArrayBuffer(8))
    bytes.setBigInt64(0, BigInt(source), true)
    return new Uint8Array(bytes.buffer)
  }
  const text = /^"([^"\\]*)"$/.exec(source)?.[1]
  return text === undefined ? undefined : new TextEncoder().encode(text)
}

const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer)

const wordOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
