// One copy of each text. In: an object as JSON.parse made it. Out: the same object, its texts replaced by equal ones that other
// objects have, too: ten thousand routes name one Gateway, one controller, a handful of types, reasons, messages and times.

/** Texts known by themselves; the pool begins anew when there are more, as most texts of most objects are their own. */
const REMEMBERED = 4096

/** Changes the object, which has to be nobody else's yet. */
export type ShareTexts = <T>(value: T) => T

export const sharedTexts = (): ShareTexts => {
  let pool = new Map<string, string>()

  const share = (text: string): string => {
    const known = pool.get(text)
    if (known !== undefined) return known
    if (pool.size >= REMEMBERED) pool = new Map()
    pool.set(text, text)
    return text
  }

  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return share(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) for (const [at, item] of value.entries()) value[at] = walk(item)
    else {
      const fields = value as Record<string, unknown>
      for (const name of Object.keys(fields)) fields[name] = walk(fields[name])
    }
    return value
  }

  return <T>(value: T): T => walk(value) as T
}
