// What VMs of one vm_id share across workers: a key-value store with compare-and-swap, and queues. As in Envoy (`SharedData`,
// `SharedQueue`), cas 0 overwrites, versions are numbered over the whole process, nothing is ever deleted.
import { Status } from './abi.ts'

interface Entry {
  value: Uint8Array
  cas: number
}

export class SharedData {
  readonly #byVm = new Map<string, Map<string, Entry>>()
  #cas = 1

  get(vmId: string, key: string): Entry | undefined {
    return this.#byVm.get(vmId)?.get(key)
  }

  set(vmId: string, key: string, value: Uint8Array, cas: number): number {
    let entries = this.#byVm.get(vmId)
    if (!entries) {
      entries = new Map()
      this.#byVm.set(vmId, entries)
    }
    const held = entries.get(key)
    if (held && cas !== 0 && cas !== held.cas) return Status.CasMismatch
    entries.set(key, { value, cas: this.#nextCas() })
    return Status.Ok
  }

  /** All that a vm_id holds, keys as byte strings. */
  entries(vmId: string): ReadonlyMap<string, Entry> {
    return this.#byVm.get(vmId) ?? new Map()
  }

  // 0 would mean "overwrite".
  #nextCas(): number {
    const cas = this.#cas
    this.#cas = (cas + 1) >>> 0 || 1
    return cas
  }
}

export interface QueueOwner {
  ready(token: number): void
}

interface Queue {
  items: Uint8Array[]
  owner: QueueOwner
}

export class SharedQueues {
  readonly #tokens = new Map<string, number>()
  readonly #queues = new Map<number, Queue>()
  #next = 1

  /** The last to register is told of new items. */
  register(vmId: string, name: string, owner: QueueOwner): number {
    const key = `${vmId}\0${name}`
    let token = this.#tokens.get(key)
    if (token === undefined) {
      token = this.#next++
      this.#tokens.set(key, token)
    }
    this.#queues.set(token, { items: this.#queues.get(token)?.items ?? [], owner })
    return token
  }

  resolve(vmId: string, name: string): number | undefined {
    return this.#tokens.get(`${vmId}\0${name}`)
  }

  enqueue(token: number, item: Uint8Array): number {
    const queue = this.#queues.get(token)
    if (!queue) return Status.NotFound
    queue.items.push(item)
    queue.owner.ready(token)
    return Status.Ok
  }

  dequeue(token: number): Uint8Array | number {
    const queue = this.#queues.get(token)
    if (!queue) return Status.NotFound
    return queue.items.shift() ?? Status.Empty
  }
}
