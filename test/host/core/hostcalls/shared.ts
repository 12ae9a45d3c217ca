// Host functions about what workers share: key-value data with compare-and-swap, queues.
import { Status } from '../abi.ts'
import type { Vm } from '../vm.ts'
import type { HostCalls } from './imports.ts'

const fault = Status.InvalidMemoryAccess

export const sharedCalls = (vm: Vm): HostCalls => ({
  proxy_get_shared_data: (keyAt: number, keySize: number, at: number, sizeAt: number, casAt: number) => {
    const key = vm.memory.text(keyAt >>> 0, keySize >>> 0)
    if (key === undefined) return fault
    const entry = vm.world.shared.get(vm.identity.vmId, key)
    if (!entry) return Status.NotFound
    const given = vm.give(entry.value, at >>> 0, sizeAt >>> 0) && vm.memory.writeWord(casAt >>> 0, entry.cas)
    return given ? Status.Ok : fault
  },
  proxy_set_shared_data: (keyAt: number, keySize: number, at: number, size: number, cas: number) => {
    const key = vm.memory.text(keyAt >>> 0, keySize >>> 0)
    const value = vm.memory.read(at >>> 0, size >>> 0)
    if (key === undefined || !value) return fault
    return vm.world.shared.set(vm.identity.vmId, key, value, cas >>> 0)
  },
  proxy_register_shared_queue: (nameAt: number, nameSize: number, tokenAt: number) => {
    const name = vm.memory.text(nameAt >>> 0, nameSize >>> 0)
    if (name === undefined) return fault
    const root = vm.acting().root
    const owner = root ?? { ready: () => {} }
    const token = vm.world.queues.register(vm.identity.vmId, name, owner)
    return vm.memory.writeWord(tokenAt >>> 0, token) ? Status.Ok : fault
  },
  proxy_resolve_shared_queue: (idAt: number, idSize: number, nameAt: number, nameSize: number, tokenAt: number) => {
    const vmId = vm.memory.text(idAt >>> 0, idSize >>> 0)
    const name = vm.memory.text(nameAt >>> 0, nameSize >>> 0)
    if (vmId === undefined || name === undefined) return fault
    const token = vm.world.queues.resolve(vmId === '' ? vm.identity.vmId : vmId, name)
    if (token === undefined) return Status.NotFound
    return vm.memory.writeWord(tokenAt >>> 0, token) ? Status.Ok : fault
  },
  proxy_enqueue_shared_queue: (token: number, at: number, size: number) => {
    const item = vm.memory.read(at >>> 0, size >>> 0)
    return item ? vm.world.queues.enqueue(token >>> 0, item) : fault
  },
  proxy_dequeue_shared_queue: (token: number, at: number, sizeAt: number) => {
    const item = vm.world.queues.dequeue(token >>> 0)
    if (typeof item === 'number') return item
    return vm.give(item, at >>> 0, sizeAt >>> 0) ? Status.Ok : fault
  },
})
