// What one file says, and what it may no longer say because part of it cannot be read.
// In: its content, what it said before. Out: its documents with their items, indexed by the object they name.
// A document whose text did not change keeps its items.
import type { Item, Told } from '../../admit/items.ts'
import { type Allowance, newAllowance } from '../../admit/yaml/any.ts'
import { splitDocuments } from '../../admit/yaml/document.ts'
import type { ObjectKey } from '../../model/object.ts'
import type { FileText } from './file.ts'

export interface Manifest {
  /** From the root of the directory: its place in the order of files. */
  path: string
  /** Its name in messages. */
  shown: string
  /** Absent when it cannot be read. */
  text: string | undefined
  documents: ReadDocument[]
  /** The first item that names an object, and the line that its document begins in. */
  named: Map<ObjectKey, { item: NamedItem; line: number }>
  /** Objects that it named before and that no item names now, while a document of it cannot be read. */
  held: Set<ObjectKey>
  /** Why it cannot be read as a whole. */
  unusable: Told | undefined
}

interface ReadDocument {
  text: string
  line: number
  items: Item[]
  /** What it took from the file's allowance. */
  effort: number
  /** The documents before it had left too little. */
  isOver: boolean
}

export type NamedItem = Item & { type: 'object' | 'refused' }

type Content = Exclude<FileText, { type: 'gone' }>

export const readManifest = (
  before: Manifest | undefined,
  path: string,
  shown: string,
  content: Content,
  read: (text: string, allowance: Allowance) => Item[],
): Manifest => {
  const manifest: Manifest = {
    path,
    shown,
    text: undefined,
    documents: [],
    named: new Map(),
    held: new Set(),
    unusable: undefined,
  }
  let isReadable = content.type === 'text'
  if (content.type === 'unusable') {
    const { line, column, message } = content
    manifest.unusable = { at: { line, column }, message }
  } else {
    if (before?.text === content.text) return before
    manifest.text = content.text
    const known = new Map((before?.documents ?? []).filter(d => !d.isOver).map(d => [d.text, d] as const))
    const allowance = newAllowance()
    manifest.documents = splitDocuments(content.text).map(({ text, line }) => {
      const same = known.get(text)
      const left = Math.max(0, allowance.left)
      if (same && same.effort <= left) {
        allowance.left -= same.effort
        return { ...same, line }
      }
      const start = allowance.left
      const items = read(text, allowance)
      const effort = start - allowance.left
      return { text, line, items, effort, isOver: effort > left }
    })
  }
  for (const { items, line } of manifest.documents) {
    for (const item of items) {
      if (item.type !== 'object' && item.type !== 'refused') continue
      if (item.key === undefined) isReadable = false
      else if (!manifest.named.has(item.key)) manifest.named.set(item.key, { item, line })
    }
  }
  if (before && !isReadable) {
    for (const key of keysOf(before)) if (!manifest.named.has(key)) manifest.held.add(key)
  }
  return manifest
}

export const keysOf = (manifest: Manifest): ObjectKey[] => [...manifest.named.keys(), ...manifest.held]
