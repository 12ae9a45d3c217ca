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
 * 100 changes a second the controller is at 188 MB with two of them, and at 239 MB with as many as glibc likes.
 */
export const allocatorBounds = { MALLOC_ARENA_MAX: '2' } as const

/** For a process that runs already, from its next look for garbage on. It keeps the space for new objects that it has. */
export const boundHeap = (): void => setFlagsFromString(GROWTH)
