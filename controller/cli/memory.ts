// How much memory a controller that stays may take: V8 lets a heap grow to several times what is alive in it before it
// looks for garbage. With these bounds 10,000 routes take a third less, for a few milliseconds of CPU a change. While the first
// world is read they would cost a fourth of the CPU, as next to nothing of it is garbage.
import { setFlagsFromString } from 'node:v8'

/** Garbage is looked for when the heap has grown by a fifth. */
const GROWTH = '--heap-growing-percent=20'
/** Half of what new objects get at most, in megabytes. */
const NEW_SPACE = '--max-semi-space-size=8'

/** Arguments of Node; `boundHeap` follows. */
export const heapBounds: readonly string[] = [NEW_SPACE]

/**
 * Its environment. glibc keeps several pools of memory for several threads, each with free space of its own: after seven minutes at
 * 100 changes a second the controller is at 188 MB with two of them, and at 239 MB with as many as glibc likes. And it learns from
 * the first route table that is freed to keep the place of such large pieces: told not to, 10,000 routes that change take a tenth less.
 */
export const allocatorBounds = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' } as const

/** For a process that runs already, from its next look for garbage on. It keeps the space for new objects that it has. */
export const boundHeap = (): void => setFlagsFromString(GROWTH)

/** In a cluster: each object and its status are in it, too, and an API server takes longer than the collector. */
const clusterHeapBounds = ['--heap-growing-percent=25', NEW_SPACE]

/**
 * Begins a cluster's controller anew with its bounds, as the same process to everybody outside, where it was started without
 * them: to be called before anything else is done. Where no program can be put in the place of another, only what the heap
 * may grow by is bounded.
 */
export const boundMemory = (): void => {
  const isBound = [
    ...clusterHeapBounds.map(flag => process.execArgv.includes(flag)),
    ...Object.keys(allocatorBounds).map(name => process.env[name] !== undefined),
  ]
  if (!isBound.includes(false)) return
  const [node = process.execPath, ...rest] = process.argv
  const env = { ...allocatorBounds, ...process.env }
  if (process.execve) process.execve(node, [node, ...process.execArgv, ...clusterHeapBounds, ...rest], env)
  else boundHeap()
}
