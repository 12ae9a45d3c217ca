// One file of the directory, read as a whole or not at all.
// In: its path. Out: its text; or that it is gone; or, in one line, why it cannot be used.
// Synchronous: a local file takes some 20 µs this way and ten times as long through the thread pool.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export type FileText =
  | { type: 'text'; text: string }
  | { type: 'gone' }
  | { type: 'unusable'; line: number; column: number; message: string }

/** Thirty thousand routes fit. */
const MAX_BYTES = 16 * 1024 * 1024
/** What go-yaml's reader does not allow. */
const CONTROL = /[\p{Cc}\ufffe\uffff](?<![\t\n\r\u0085])/u

export const readText = (path: string): FileText => {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    const stats = fstatSync(fd)
    if (!stats.isFile()) return { type: 'gone' }
    if (stats.size > MAX_BYTES) return unusable(`file is too large: limit is ${MAX_BYTES} bytes`)
    return decode(readAll(fd, stats.size))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? { type: 'gone' } : unusable(message)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

const unusable = (message: string, line = 1, column = 1): FileText => ({ type: 'unusable', line, column, message })

/** A file that grows meanwhile is read as far as it reached before; the change is told again. */
const readAll = (fd: number, size: number): Uint8Array => {
  const bytes = Buffer.allocUnsafe(size)
  let length = 0
  while (length < size) {
    const count = readSync(fd, bytes, length, size - length, null)
    if (count === 0) break
    length += count
  }
  return bytes.subarray(0, length)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

const decode = (bytes: Uint8Array): FileText => {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return unusable('yaml: invalid leading UTF-8 octet')
  }
  const control = text.search(CONTROL)
  if (control < 0) return { type: 'text', text }
  const before = text.slice(0, control).split('\n')
  return unusable('yaml: control characters are not allowed', before.length, before.at(-1)!.length + 1)
}
