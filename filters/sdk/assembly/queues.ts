// Queues between modules and workers. Whoever registers one gets `proxy_on_queue_ready(root, queue)` for each entry.
import { Status } from './abi'
import { ABSENT, size, start, View } from './bytes'
import { OUT_AT, OUT_NUMBER, OUT_SIZE, outView } from './out'

/** No queue: calls with it do nothing. */
export const NO_QUEUE: u32 = 0xffffffff

// @ts-ignore: decorator
@external('env', 'proxy_register_shared_queue')
declare function proxy_register_shared_queue(name: usize, nameSize: i32, queue: usize): i32

/** Makes the queue of that name in this VM's `vm_id`, or finds it; the running root is told of entries from now on. */
export function registerQueue(name: View): u32 {
  return proxy_register_shared_queue(start(name), size(name), OUT_NUMBER) == Status.Ok ? load<u32>(OUT_NUMBER) : NO_QUEUE
}

// @ts-ignore: decorator
@external('env', 'proxy_resolve_shared_queue')
declare function proxy_resolve_shared_queue(vm: usize, vmSize: i32, name: usize, nameSize: i32, queue: usize): i32

/** A queue that a VM of that `vm_id` has registered, or `NO_QUEUE`. */
export function resolveQueue(vmId: View, name: View): u32 {
  const status = proxy_resolve_shared_queue(start(vmId), size(vmId), start(name), size(name), OUT_NUMBER)
  return status == Status.Ok ? load<u32>(OUT_NUMBER) : NO_QUEUE
}

// @ts-ignore: decorator
@external('env', 'proxy_enqueue_shared_queue')
declare function proxy_enqueue_shared_queue(queue: u32, at: usize, size: i32): i32

/** Appends a copy. The host bounds no queue: bound what you put in. */
export function enqueue(queue: u32, entry: View): i32 {
  return queue == NO_QUEUE ? Status.NotFound : proxy_enqueue_shared_queue(queue, start(entry), size(entry))
}

// @ts-ignore: decorator
@external('env', 'proxy_dequeue_shared_queue')
declare function proxy_dequeue_shared_queue(queue: u32, at: usize, size: usize): i32

/** The oldest entry, taken out; `ABSENT` when there is none. */
export function dequeue(queue: u32): View {
  return queue != NO_QUEUE && proxy_dequeue_shared_queue(queue, OUT_AT, OUT_SIZE) == Status.Ok ? outView() : ABSENT
}
