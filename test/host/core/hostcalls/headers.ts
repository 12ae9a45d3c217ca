// Host functions about header and trailer maps.
import { MAP_TYPE_MAX, MapType, Status } from '../abi.ts'
import { fromByteString } from '../bytes.ts'
import type { HeaderMap } from '../headers.ts'
import { type Pair, pairsSize, readPairs, writePairs } from '../pairs.ts'
import type { Vm } from '../vm.ts'
import type { HostCalls } from './imports.ts'

const fault = Status.InvalidMemoryAccess

export const headerCalls = (vm: Vm): HostCalls => {
  /** Changes one map; `work` runs when it is in reach. */
  const change = (type: number, work: (map: HeaderMap) => void): number => {
    if (type >>> 0 > MAP_TYPE_MAX) return Status.BadArgument
    const context = vm.acting()
    const map = context.map(type)
    if (!map) return Status.BadArgument
    work(map)
    if (type === MapType.RequestHeaders) context.requestHeadersChanged()
    return Status.Ok
  }
  return {
    proxy_add_header_map_value: (type: number, name: number, nameSize: number, value: number, valueSize: number) => {
      if (type >>> 0 > MAP_TYPE_MAX) return Status.BadArgument
      const key = vm.memory.text(name >>> 0, nameSize >>> 0)
      const text = vm.memory.text(value >>> 0, valueSize >>> 0)
      if (key === undefined || text === undefined) return fault
      return change(type, map => map.add(key, text))
    },
    proxy_replace_header_map_value: (
      type: number,
      name: number,
      nameSize: number,
      value: number,
      valueSize: number,
    ) => {
      if (type >>> 0 > MAP_TYPE_MAX) return Status.BadArgument
      const key = vm.memory.text(name >>> 0, nameSize >>> 0)
      const text = vm.memory.text(value >>> 0, valueSize >>> 0)
      if (key === undefined || text === undefined) return fault
      return change(type, map => map.set(key, text))
    },
    proxy_remove_header_map_value: (type: number, name: number, nameSize: number) => {
      if (type >>> 0 > MAP_TYPE_MAX) return Status.BadArgument
      const key = vm.memory.text(name >>> 0, nameSize >>> 0)
      return key === undefined ? fault : change(type, map => map.remove(key))
    },
    proxy_set_header_map_pairs: (type: number, at: number, size: number) => {
      if (type >>> 0 > MAP_TYPE_MAX) return Status.BadArgument
      const bytes = vm.memory.read(at >>> 0, size >>> 0)
      if (!bytes) return fault
      return change(type, map => {
        map.clear()
        for (const [name, value] of readPairs(bytes)) map.add(name, value)
      })
    },
    proxy_get_header_map_value: (type: number, name: number, nameSize: number, at: number, sizeAt: number) => {
      if (type >>> 0 > MAP_TYPE_MAX) return Status.BadArgument
      const key = vm.memory.text(name >>> 0, nameSize >>> 0)
      if (key === undefined) return fault
      const context = vm.acting()
      const map = context.readMap(type)
      let value = map?.first(key)
      if (value === undefined) {
        // Once the stream is only being logged, a map that never came counts as empty.
        if (!map && !context.logging) return Status.BadArgument
        if (vm.info.abi !== '0.1.0') return Status.NotFound
        value = ''
      }
      return vm.give(fromByteString(value), at >>> 0, sizeAt >>> 0) ? Status.Ok : fault
    },
    proxy_get_header_map_pairs: (type: number, at: number, sizeAt: number) => {
      if (type >>> 0 > MAP_TYPE_MAX) return Status.BadArgument
      const map = vm.acting().readMap(type)
      if (!map || map.size === 0) return vm.give(new Uint8Array(0), at >>> 0, sizeAt >>> 0) ? Status.Ok : fault
      const pairs: Pair[] = []
      for (let i = 0; i < map.size; i++) pairs.push([map.nameAt(i), map.valueAt(i)])
      const size = pairsSize(pairs)
      const to = vm.allocate(size)
      if (to === 0) return fault
      writePairs(pairs, vm.memory.bytes, to)
      return vm.memory.writeWord(at >>> 0, to) && vm.memory.writeWord(sizeAt >>> 0, size) ? Status.Ok : fault
    },
    proxy_get_header_map_size: (type: number, at: number) => {
      if (type >>> 0 > MAP_TYPE_MAX) return Status.BadArgument
      const map = vm.acting().map(type)
      if (!map) return Status.BadArgument
      return vm.memory.writeWord(at >>> 0, map.byteSize) ? Status.Ok : fault
    },
  }
}
