// One result per object, by identity: what did not change in the IR is the same JSON object again, and the xDS server
// need not encode it.

export const byIdentity = <K extends object, V>(make: (key: K) => V): ((key: K) => V) => {
  const known = new WeakMap<K, V>()
  return key => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key)
    known.set(key, made)
    return made
  }
}
