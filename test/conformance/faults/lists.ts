// How often each kind was listed in one second by one controller, of the API server's own audit log. In: its text. Out:
// the largest number, and where. Pages of one list count once; a controller is told by its token.

interface Entry {
  requestReceivedTimestamp: string
  requestURI: string
  user: { username: string; extra?: Record<string, string[]> }
  objectRef?: { resource?: string; apiGroup?: string }
}

export interface Storm {
  lists: number
  /** `kind, time`. */
  where: string
}

const CREDENTIAL = 'authentication.kubernetes.io/credential-id'

/** `from` and `until` are milliseconds since 1970. */
export const worstSecond = (log: string, user: string, from: number, until: number): Storm => {
  const times = new Map<string, number[]>()
  for (const line of log.split('\n')) {
    const entry = entryOf(line)
    if (entry?.user.username !== user || entry.requestURI.includes('continue=')) continue
    const at = Date.parse(entry.requestReceivedTimestamp)
    if (at < from || at > until) continue
    const key = `${entry.objectRef?.resource} ${entry.user.extra?.[CREDENTIAL]?.[0] ?? ''}`
    times.set(key, [...(times.get(key) ?? []), at])
  }
  let worst: Storm = { lists: 0, where: '' }
  for (const [key, list] of times) {
    list.sort((a, b) => a - b)
    for (const [n, at] of list.entries()) {
      const lists = list.slice(n).filter(other => other < at + 1000).length
      if (lists > worst.lists) worst = { lists, where: `${key.split(' ')[0]}, ${new Date(at).toISOString()}` }
    }
  }
  return worst
}

/** The last line may be half written. */
const entryOf = (line: string): Entry | undefined => {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Entry)
  } catch {
    return undefined
  }
}
