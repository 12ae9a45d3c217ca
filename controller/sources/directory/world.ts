// What all files together say, and what of it is in force.
// In: the content of a file that changed, or that it is gone. Out: the changes that follow for the store.
// - An object belongs to the first file, in path order, that names it; later ones are refused.
// - An object that is refused stays in force in its last good form, as long as its file names it. So do the objects of
//   a document that can no longer be read.
// - What did not change keeps its identity, and `metadata.generation` counts what did.
import type { Admission } from '../../admit/admit.ts'
import { type Item, itemsOf, type Told } from '../../admit/items.ts'
import { sameJson } from '../../model/equal.ts'
import type { KubeObject, Location, ObjectKey } from '../../model/object.ts'
import type { Change } from '../source.ts'
import type { FileText } from './file.ts'
import { keysOf, type Manifest, type NamedItem, readManifest } from './manifest.ts'

export interface World {
  /** `path` sorts the file among the others; `shown` is its name in messages. */
  update(path: string, shown: string, content: FileText): void
  /** Everything that has changed since the last call. */
  flush(): Change[]
  ignored(): Ignored
  paths(): Iterable<string>
  /** Whether the file was there when it was last read. */
  has(path: string): boolean
}

/** Objects that are none of our business, counted by kind, or by `apiVersion/Kind` where it is not Kubernetes' own. */
export interface Ignored {
  builtIn: ReadonlyMap<string, number>
  foreign: ReadonlyMap<string, number>
}

interface InForce {
  object: KubeObject
  /** What admission made, before it was numbered. */
  admitted: KubeObject
  at: Location
  path: string
}

interface Line {
  key?: ObjectKey
  at: Location
  message: string
}

/** More lines about one file help nobody. */
const MAX_LINES = 20

export const createWorld = (admission: Admission): World => {
  const manifests = new Map<string, Manifest>()
  const claims = new Map<ObjectKey, Set<string>>()
  const inForce = new Map<ObjectKey, InForce>()
  const notOurs = new Map<string, IgnoredItem[]>()
  const told = new Map<string, string>()
  const dirtyKeys = new Set<ObjectKey>()
  const dirtyPaths = new Map<string, string>()

  const update: World['update'] = (path, shown, content) => {
    const before = manifests.get(path)
    dirtyPaths.set(path, shown)
    const after =
      content.type === 'gone'
        ? undefined
        : readManifest(before, path, shown, content, (text, allowance) =>
            itemsOf(text, admission, key => inForce.get(key)?.object, allowance),
          )
    if (after && after === before) return
    if (after) manifests.set(path, after)
    else manifests.delete(path)
    notOurs.delete(path)
    const others = after?.documents.flatMap(d => d.items).filter(isIgnored) ?? []
    if (others.length > 0) notOurs.set(path, others)
    for (const key of before ? keysOf(before) : []) {
      dirtyKeys.add(key)
      unclaim(key, path)
    }
    for (const key of after ? keysOf(after) : []) {
      dirtyKeys.add(key)
      claim(key, path)
    }
  }

  const claim = (key: ObjectKey, path: string): void => {
    const paths = claims.get(key)
    if (paths) paths.add(path)
    else claims.set(key, new Set([path]))
  }

  const unclaim = (key: ObjectKey, path: string): void => {
    const paths = claims.get(key)
    paths?.delete(path)
    if (paths?.size === 0) claims.delete(key)
  }

  const ownerOf = (key: ObjectKey): Manifest | undefined => {
    let first: string | undefined
    for (const path of claims.get(key) ?? []) if (first === undefined || path < first) first = path
    return first === undefined ? undefined : manifests.get(first)
  }

  /** Brings one object in line with what the files say. */
  const settle = (key: ObjectKey): Change | undefined => {
    const owner = ownerOf(key)
    const current = inForce.get(key)
    const named = owner?.named.get(key)
    if (owner === undefined || named?.item.type !== 'object') {
      if (current === undefined || owner?.path === current.path) return undefined
      inForce.delete(key)
      return { type: 'delete', key }
    }
    const { item, line } = named
    const object = current ? successor(current, item.object) : numbered(item.object, 1)
    const at = locate(owner, line, item)
    inForce.set(key, { object, admitted: item.object, at, path: owner.path })
    return current?.object === object && samePlace(current.at, at) ? undefined : { type: 'apply', object, at }
  }

  const linesAbout = (manifest: Manifest): Line[] => {
    const lines: Line[] = []
    const seen = new Set<ObjectKey>()
    if (manifest.unusable) lines.push(lineOf(manifest, 1, manifest.unusable))
    for (const { line, items } of manifest.documents) {
      for (const item of items) {
        if (item.type !== 'object' && item.type !== 'refused') continue
        const { key } = item
        const owner = key && ownerOf(key)
        if (key && owner && (owner !== manifest || seen.has(key))) {
          const message = `${title(key)} is already defined in ${owner.shown}; this one is not used`
          lines.push(lineOf(manifest, line, { at: item.at, message }, key))
        } else if (item.type === 'refused') lines.push(...item.faults.map(f => lineOf(manifest, line, f, key)))
        if (key) seen.add(key)
      }
    }
    if (lines.length <= MAX_LINES) return lines
    const rest = { at: lines[MAX_LINES]!.at, message: `and ${lines.length - MAX_LINES} more in this file` }
    return [...lines.slice(0, MAX_LINES), rest]
  }

  const flush = (): Change[] => {
    const objects: Change[] = []
    for (const key of [...dirtyKeys].sort()) {
      const change = settle(key)
      if (change) objects.push(change)
      // Who owns it may have changed, and with that what is to be said about the others that name it.
      for (const path of claims.get(key) ?? []) dirtyPaths.set(path, manifests.get(path)!.shown)
    }
    const refusals: Change[] = []
    for (const [path, file] of [...dirtyPaths].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const manifest = manifests.get(path)
      const lines = manifest ? linesAbout(manifest) : []
      const text = lines.length === 0 ? '' : JSON.stringify(lines)
      if ((told.get(path) ?? '') === text) continue
      if (manifest) told.set(path, text)
      else told.delete(path)
      refusals.push({ type: 'read', file }, ...lines.map(line => ({ type: 'refuse' as const, ...line })))
    }
    dirtyKeys.clear()
    dirtyPaths.clear()
    return [...objects, ...refusals]
  }

  const ignored = (): Ignored => {
    const all = [...notOurs.values()].flat()
    return {
      builtIn: counted(all.flatMap(i => (i.type === 'built-in' ? [i.kind] : []))),
      foreign: counted(all.flatMap(i => (i.type === 'foreign' ? [`${i.apiVersion}/${i.kind}`] : []))),
    }
  }

  return { update, flush, ignored, paths: () => manifests.keys(), has: path => manifests.has(path) }
}

type IgnoredItem = Item & { type: 'built-in' | 'foreign' }
const isIgnored = (item: Item): item is IgnoredItem => item.type === 'built-in' || item.type === 'foreign'

const counted = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map([...Map.groupBy(names, name => name)].map(([name, all]): [string, number] => [name, all.length]).sort())

const title = (key: ObjectKey): string => {
  const [, kind, namespace, name] = key.split('/')
  return `${kind} ${namespace ? `${namespace}/${name}` : name}`
}

const locate = (manifest: Manifest, line: number, { at }: NamedItem | { at: Told['at'] }): Location => ({
  file: manifest.shown,
  line: line + at.line - 1,
  column: at.column,
})

const lineOf = (manifest: Manifest, line: number, { at, message }: Told, key?: ObjectKey): Line => ({
  ...(key && { key }),
  at: locate(manifest, line, { at }),
  message,
})

/** The object in force itself where nothing changed; else the next one, its generation higher unless only metadata did. */
const successor = (current: InForce, admitted: KubeObject): KubeObject => {
  if (current.admitted === admitted || sameJson(current.admitted, admitted)) return current.object
  const generation = current.object.metadata.generation ?? 0
  const { metadata: _, ...before } = current.admitted
  const { metadata: __, ...after } = admitted
  return numbered(admitted, sameJson(before, after) ? generation : generation + 1)
}

const numbered = (object: KubeObject, generation: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, generation },
})

const samePlace = (a: Location, b: Location): boolean => a.file === b.file && a.line === b.line && a.column === b.column
