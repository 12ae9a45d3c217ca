// One text with several documents, each read by the fastest way that understands it.
// In: the text of a file. Out: its documents, cut at `---`, and the tree of each.
import { type Allowance, newAllowance, readAny } from './any.ts'
import { readBlock } from './block.ts'
import { duplicateKey, type Node, type Read, type YamlError } from './node.ts'

/** A piece of a file between two markers. */
export interface DocumentText {
  text: string
  /** Of its first line, counted from 1. */
  line: number
}

/** `---` at the start of a line ends a document wherever it stands: YAML allows it in no scalar. */
export const splitDocuments = (text: string): DocumentText[] => {
  const documents: DocumentText[] = []
  let line = 1
  let start = 0
  for (const marker of text.matchAll(/^---(?=[ \t\r\n]|$)([ \t]*(?:#[^\n]*)?\r?(?:\n|$))?/gm)) {
    documents.push({ text: text.slice(start, marker.index), line })
    const next = marker[1] === undefined ? marker.index : marker.index + marker[0].length
    line += count(text, start, next)
    start = next
  }
  documents.push({ text: text.slice(start), line })
  return documents.filter(d => d.text.trim() !== '')
}

const count = (text: string, from: number, to: number): number => {
  let lines = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

/** `allowance` is shared by the documents of a file. */
export const readDocument = (text: string, allowance: Allowance = newAllowance()): Read => {
  const fast = readBlock(text)
  if (fast !== undefined) return { ok: true, node: fast ?? undefined }
  const read = readAny(text, allowance)
  const duplicate = read.ok && read.node && firstDuplicate(read.node)
  return duplicate ? { ok: false, error: duplicate } : read
}

/** Line and column of an offset, both counted from 1. */
export const placeAt = ({ text, line }: DocumentText, offset: number): { line: number; column: number } => {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  return { line: line + count(text, 0, lineStart), column: offset - lineStart + 1 }
}

const firstDuplicate = (node: Node): YamlError | undefined => {
  if (node.kind === 'scalar') return undefined
  const own = node.kind === 'map' ? duplicateKey(node) : undefined
  if (own) return own
  for (const child of node.kind === 'map' ? node.values : node.items) {
    const found = firstDuplicate(child)
    if (found) return found
  }
  return undefined
}
