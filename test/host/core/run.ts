// The host's own code is written as generators that yield promises, so that one text serves both ways of running a
// module: plainly, where nothing is ever yielded and a run ends at once, and under JSPI, where a call into the module may be
// suspended at a host call while other workers go on.
//
// Generators are methods of classes, never closures made for a request: V8 gives every generator closure that has run a hidden
// class of its own, in the old generation, and that holds the closure and all of the request until the next full collection.

/** A piece of host work that ends with a T. */
export type Run<T> = Generator<Promise<number>, T, number>

/** Runs to the end; at once where nothing suspends. */
export const run = <T>(work: Run<T>): T | Promise<T> => {
  const step = work.next()
  return step.done ? step.value : drive(work, step.value)
}

/** Runs work that cannot suspend. */
export const runNow = <T>(work: Run<T>): T => {
  const step = work.next()
  if (step.done) return step.value
  throw new Error('This host was loaded to suspend at host calls: use its asynchronous functions.')
}

const drive = async <T>(work: Run<T>, first: Promise<number>): Promise<T> => {
  let waiting = first
  for (;;) {
    let value = 0
    let thrown: unknown
    let failed = false
    try {
      value = await waiting
    } catch (error) {
      thrown = error
      failed = true
    }
    const step = failed ? work.throw(thrown) : work.next(value)
    if (step.done) return step.value
    waiting = step.value
  }
}
