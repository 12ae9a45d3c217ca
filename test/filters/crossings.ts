// What a request costs in crossings between Envoy and a module: the callbacks that the host calls, and the host calls that the
// module makes in each. A chain of plugins in our host and a request go in, one line a callback comes out. Code inside
// the VM is next to nothing beside these, so this is the price of a filter that no busy machine can blur.
import { expect } from 'chai'
import { Host, type RequestBuilder } from '../host/core/index.ts'
import { neverSuspend } from '../host/core/suspend.ts'

/** `request_headers: get_property, replace_header_map_value ×2`, in the order of events. */
export type Crossings = string[]

/** Loads a module so that its crossings are written down. */
export function observed(module: Uint8Array): { host: Host; seen: () => Crossings } {
  let lines: { callback: string; calls: string[] }[] = []
  const host = Host.loadNow(module, {
    clusters: { mirror: { http: () => ({ status: 200 }) } },
    meter: {
      start(callback) {
        lines.push({ callback: short(callback), calls: [] })
        return () => undefined
      },
    },
  })
  host.world.suspension = {
    ...neverSuspend,
    plainly: work => work(),
    suspending: (name, fn) =>
      ((...args: never[]) => {
        lines.at(-1)?.calls.push(short(name))
        return fn(...args)
      }) as typeof fn,
  }
  return {
    host,
    seen: () => {
      const told = lines.map(({ callback, calls }) => `${callback}: ${repeated(calls)}`.trim())
      lines = []
      return told
    },
  }
}

/** The crossings of one request out of many: the first ones define metrics and learn what stays. */
export async function crossingsOf(module: Uint8Array, build: (host: Host) => RequestBuilder): Promise<Crossings> {
  const { host, seen } = observed(module)
  const request = build(host)
  for (let i = 0; i < WARM_UP; i++) expect((await request.send()).response?.status).to.equal(200)
  seen()
  await request.send()
  return seen()
}

const WARM_UP = 100

const short = (name: string): string => name.replace(/^proxy_(on_)?/, '').replace('_header_map', '')

function repeated(calls: string[]): string {
  const told: { name: string; times: number }[] = []
  for (const name of calls) {
    if (told.at(-1)?.name === name) told.at(-1)!.times++
    else told.push({ name, times: 1 })
  }
  return told.map(({ name, times }) => (times > 1 ? `${name} ×${times}` : name)).join(', ')
}
