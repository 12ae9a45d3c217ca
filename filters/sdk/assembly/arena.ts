// Memory that lives as long as one callback. `beginCallback` takes everything back at the entry of each export; host
// results (the host calls `malloc`) and what filters put together in between come from here. Chunks are kept and used
// again, so that memory grows to the largest callback ever seen and then stays.

/** What one callback may hold: a body at the mirror's cap twice, headers, and some. Above it `malloc` returns 0 and the host reports an error. */
const CAP: usize = 4 << 20
const FIRST_CHUNK: usize = 64 << 10
/** Address of the next chunk, size of this one. */
const CHUNK_HEADER: usize = 8

const firstChunk: usize = newChunk(FIRST_CHUNK)
let chunk: usize = firstChunk
let free: usize = firstChunk + CHUNK_HEADER
let total: usize = FIRST_CHUNK

/** From the stub runtime's own heap: an arena of our own at `__heap_base` would overlap it silently. */
function newChunk(bytes: usize): usize {
  const at = heap.alloc(bytes + CHUNK_HEADER)
  store<usize>(at, 0)
  store<usize>(at, bytes, 4)
  return at
}

/** To be called first in every export of the module that allocates. */
// @ts-ignore: decorator
@inline
export function beginCallback(): void {
  chunk = firstChunk
  free = firstChunk + CHUNK_HEADER
}

/** `bytes` of memory, aligned to 8, until the callback ends; 0 when the callback holds too much already. */
export function take(bytes: usize): usize {
  if (bytes > CAP) return 0
  const need = (bytes + 7) & ~7
  while (free + need > chunk + CHUNK_HEADER + load<usize>(chunk, 4)) {
    if (!load<usize>(chunk) && !grow(need)) return 0
    chunk = load<usize>(chunk)
    free = chunk + CHUNK_HEADER
  }
  const at = free
  free += need
  return at
}

/** Another chunk behind this one, the last; false when it would be too much. */
function grow(need: usize): bool {
  let bytes = max(need, total)
  if (total + bytes > CAP) bytes = need
  if (total + bytes > CAP) return false
  store<usize>(chunk, newChunk(bytes))
  total += bytes
  return true
}

/** How the host gets memory for what it returns. Exported by every module. */
export function malloc(bytes: i32): usize {
  return bytes < 0 ? 0 : take(<usize>bytes)
}
