// A mismatch in, the smallest one found that still shows it out: whatever can be left out of objects and request is, piece by
// piece, as long as the world is one that is admitted.
import type { Request, World } from './objects.ts'

export interface Shrunk {
  world: World
  request?: Request
}

/** `isWrong` is asked about every candidate; after `deadline` (as of `performance.now`) no more are tried. */
export async function shrink<T extends Shrunk>(
  found: T,
  isWrong: (candidate: Shrunk) => Promise<T | undefined>,
  deadline: number,
): Promise<T> {
  let smallest = found
  // What could not be left out before most often cannot be now: on from there, and all over again when the end is reached.
  for (let from = 0, isAgain = true; isAgain || from > 0; ) {
    if (from === 0) isAgain = false
    const next = await firstWrong(smallest, from, isWrong, deadline)
    if (next) {
      smallest = next.found
      from = next.at
      isAgain = true
    } else from = 0
    if (performance.now() > deadline) break
  }
  return smallest
}

const firstWrong = async <T extends Shrunk>(
  smallest: T,
  from: number,
  isWrong: (candidate: Shrunk) => Promise<T | undefined>,
  deadline: number,
): Promise<{ found: T; at: number } | undefined> => {
  let at = 0
  for (const candidate of reductions(smallest)) {
    if (at++ < from) continue
    if (performance.now() > deadline) return undefined
    const found = await isWrong(candidate)
    if (found) return { found, at: at - 1 }
  }
  return undefined
}

function* reductions({ world, request }: Shrunk): Generator<Shrunk> {
  for (const part of ['routes', 'rpcRoutes', 'gateways', 'grants'] as const) {
    const objects: readonly { spec: object }[] = world[part]
    const withPart = (less: unknown[]): Shrunk => ({
      world: { ...world, [part]: less },
      ...(request ? { request } : {}),
    })
    for (const at of objects.keys()) yield withPart(objects.toSpliced(at, 1))
    // Their names and namespaces stay: what admission would put there, the model does not know.
    for (const [at, object] of objects.entries())
      for (const spec of without(object.spec)) yield withPart(objects.with(at, { ...object, spec } as { spec: object }))
  }
  if (!request) return
  for (const headers of without(request.headers)) yield { world, request: { ...request, headers } as Request }
  const plain: Partial<Request>[] = [
    ...(request.speaks ? [] : [{ protocol: 'HTTP/1.1' as const }, { method: 'GET' }]),
    { path: request.path.split('?')[0]! },
  ]
  for (const change of plain) {
    const less = { ...request, ...change }
    if (JSON.stringify(less) !== JSON.stringify(request)) yield { world, request: less }
  }
}

/** The value without one of the things in it, near ones first. */
function* without(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const at of value.keys()) yield value.toSpliced(at, 1)
    for (const [at, item] of value.entries()) for (const less of without(item)) yield value.with(at, less)
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    for (const [key] of entries) yield Object.fromEntries(entries.filter(([other]) => other !== key))
    for (const [key, item] of entries) for (const less of without(item)) yield { ...value, [key]: less }
  }
}
