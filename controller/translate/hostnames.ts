// The algebra of host names: `*` is any, `*.example.com` any below example.com (any number of labels), the rest is
// itself. In: host names of listeners and routes. Out: what covers what, what two have in common, which comes first.

export const ANY = '*'

export const isPattern = (host: string): boolean => host.startsWith('*')

/** Whether every name that `inner` stands for is one that `outer` stands for. */
export const covers = (outer: string, inner: string): boolean => {
  if (outer === ANY || outer === inner) return true
  if (!isPattern(outer)) return false
  const suffix = outer.slice(1)
  const name = isPattern(inner) ? inner.slice(1) : inner
  return name.length > suffix.length && name.endsWith(suffix)
}

/** What both stand for: always one of the two, or nothing. */
export const intersection = (a: string, b: string): string | undefined =>
  covers(a, b) ? b : covers(b, a) ? a : undefined

/** The names a route serves on a listener: their intersections, each once; none of its own means the listener's. */
export const intersections = (listener: string, route: readonly string[] | undefined): string[] => {
  if (!route?.length) return [listener]
  const found = new Set<string>()
  for (const host of route) {
    const common = intersection(listener, host)
    if (common !== undefined) found.add(common)
  }
  return [...found]
}

/** Every pattern that covers a host, itself first, then from the most to the least specific. */
export const coveringPatterns = (host: string): string[] => {
  const patterns = [host]
  if (host === ANY) return patterns
  const labels = host.split('.')
  for (let at = isPattern(host) ? 2 : 1; at < labels.length; at++) patterns.push(`*.${labels.slice(at).join('.')}`)
  patterns.push(ANY)
  return patterns
}

/**
 * Most specific first: exact names, then wildcards by number of labels, then by length, then by code unit
 * (Gateway API, HTTPRouteSpec.hostnames and "Listeners that are distinct only by Hostname").
 */
export const bySpecificity = (a: string, b: string): number =>
  Number(isPattern(a)) - Number(isPattern(b)) ||
  labelCount(b) - labelCount(a) ||
  b.length - a.length ||
  (a < b ? -1 : a > b ? 1 : 0)

const labelCount = (host: string): number => (isPattern(host) ? host.split('.').length : 0)
