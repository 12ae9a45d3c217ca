// The directory source: a tree of YAML and JSON files instead of an API server.
// In: a directory. Out: consistent batches of changes for a sink, as files come, change and go.
// An event names a file, and only that one is read again; where events do not say enough (links, directories, a burst
// that may have been cut short) everything is looked at, and what has another signature is read again.
import { createPace } from './directory/pace.ts'
import { createReader, type Doubtful, type Reader, type ReaderOptions } from './directory/reader.ts'
import { createWatch, type Event } from './directory/watch.ts'
import type { Ignored } from './directory/world.ts'
import type { Change, Source } from './source.ts'

export type { Ignored } from './directory/world.ts'

export interface DirectoryOptions extends ReaderOptions {
  /** Told after the first reading, and whenever the counts change. */
  onIgnored?: (ignored: Ignored) => void
}

/** Everything once, for commands that do not stay. */
export const readDirectory = async (options: ReaderOptions): Promise<{ changes: Change[]; ignored: Ignored }> => {
  const reader = createReader(options)
  await reader.readAll()
  return { changes: reader.flush(), ignored: reader.ignored() }
}

/** Follows the directory until it is stopped. */
export const directorySource = (options: DirectoryOptions): Source => {
  let following: Following | undefined
  return {
    start: async sink => {
      const reader = createReader(options)
      const tellIgnored = whenDifferent(options.onIgnored ?? (() => {}))
      following = await follow(reader, () => {
        const changes = reader.flush()
        if (changes.length > 0) sink.changes(changes)
        tellIgnored(reader.ignored())
      })
      sink.synced()
    },
    stop: async () => {
      await following?.stop()
      following = undefined
    },
  }
}

interface Following {
  stop(): Promise<void>
}

const PACE = { pauseMs: 10, limitMs: 100 }
/** A file that has gone or is empty may be on its way: editors and copies make it so for a moment. */
const DOUBT_MS = 50
/** The kernel's queue holds 16,384 events; what comes after is lost without a word. */
const BURST = 4096
/** For events that were lost otherwise. */
const LOOK_AGAIN_MS = 30_000
/** Where the system has no more watches to give, or nothing is there to be watched. */
const POLL_MS = 1000

const follow = async (reader: Reader, report: () => void): Promise<Following> => {
  let dirty = new Set<string>()
  let isUncertain = true
  let events = 0
  let isWatched = true
  let isFollowing = false
  const timers = new Map<string, NodeJS.Timeout>()

  const later = (name: string, delayMs: number, action: () => void): void => {
    clearTimeout(timers.get(name))
    timers.set(name, setTimeout(action, delayMs))
  }

  const act = async (): Promise<void> => {
    const paths = dirty
    const lookAtAll = isUncertain || events > BURST
    dirty = new Set()
    isUncertain = false
    events = 0
    const some = lookAtAll ? 'look at everything' : await reader.readSome(paths)
    doubt(some === 'look at everything' ? await readAll() : some)
    report()
  }

  const readAll = async (): Promise<Doubtful> => {
    const doubtful = await reader.readAll()
    const directories = [...reader.directories()]
    // Without its root there is nothing to watch.
    isWatched = watch.set(directories) && directories.length > 0
    later('', isWatched ? LOOK_AGAIN_MS : POLL_MS, () => {
      isUncertain = true
      pace.soon()
    })
    return doubtful
  }

  const doubt = (paths: Doubtful): void => {
    for (const path of paths) {
      later(path, DOUBT_MS, () => {
        timers.delete(path)
        dirty.add(path)
        pace.now()
      })
    }
  }

  const onEvent = (event: Event): void => {
    const subject = event.type === 'unknown' ? 'anything' : reader.subjectOf(event.directory, event.name)
    if (subject === 'nothing') return
    events++
    if (subject === 'anything' || !isFollowing) isUncertain = true
    else dirty.add(subject.path)
    if (!isFollowing) return
    if (event.type === 'renamed') pace.now()
    else pace.soon()
  }

  const pace = createPace(act, PACE)
  const watch = createWatch(onEvent)
  await act()
  // What changed before its directory was watched.
  isUncertain = true
  await act()
  isFollowing = true
  if (isUncertain) pace.now()
  return {
    stop: async () => {
      for (const timer of timers.values()) clearTimeout(timer)
      watch.close()
      await pace.stop()
    },
  }
}

const whenDifferent = (tell: (ignored: Ignored) => void): ((ignored: Ignored) => void) => {
  let before = ''
  return ignored => {
    const text = JSON.stringify([[...ignored.builtIn], [...ignored.foreign]])
    if (text === before) return
    before = text
    tell(ignored)
  }
}
