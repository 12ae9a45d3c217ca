// Host names as the specification compares them: "`*.example.com` would match both `test.example.com`, and
// `foo.test.example.com`, but not `example.com`"; no name at all matches every host.

/** Whether a host, in lower case and without a port, is one that the name stands for. */
export const matchesHost = (name: string | undefined, host: string): boolean => {
  if (name === undefined) return true
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) && host.length > name.length - 1 : name === host
}

/** Whether there is a host that both stand for. */
export const intersect = (a: string | undefined, b: string | undefined): boolean => {
  if (a === undefined || b === undefined) return true
  if (a.startsWith('*.') && b.startsWith('*.')) return a.endsWith(b.slice(1)) || b.endsWith(a.slice(1))
  return matchesHost(a, b) || matchesHost(b, a)
}

/**
 * HTTPRouteSpec.hostnames: "precedence must be given to … the largest number of characters in a matching non-wildcard
 * hostname, characters in a matching hostname". Larger first; all zero for no name.
 */
export const hostnameRank = (name: string | undefined): [number, number] => {
  if (name === undefined) return [0, 0]
  return [name.startsWith('*.') ? 0 : name.length, name.length]
}

/** A Host header as names are compared with it: "MUST ignore any port value", and RFC 9110 4.2.3 ignores case. */
export const bareHost = (host: string): string => host.replace(/:\d+$/, '').toLowerCase()
