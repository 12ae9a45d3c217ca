// As much of HTTP/1.1 on a raw socket as scenarios need: exact bytes out, messages with headers, body and trailers in.
import type { Socket } from 'node:net'

export interface Message {
  start: string
  headers: [string, string][]
  body: string
  trailers: [string, string][]
}

const headerLines = (text: string): [string, string][] =>
  text
    .split('\r\n')
    .filter(line => line !== '')
    .map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    })

/** The first whole message of `text` and what follows it; undefined while it is not whole. All in latin1. */
export const readMessage = (text: string, bodyless: boolean): { message: Message; rest: string } | undefined => {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const startEnd = text.indexOf('\r\n')
  const start = text.slice(0, startEnd)
  const headers = headerLines(text.slice(startEnd + 2, head))
  const find = (name: string): string | undefined => headers.find(([key]) => key.toLowerCase() === name)?.[1]
  const at = head + 4
  const none = bodyless || /^HTTP\/1\.1 (1\d\d|204|304)/.test(start)
  if (!none && find('transfer-encoding')?.includes('chunked')) return readChunks(text, at, { start, headers })
  const length = none ? 0 : Number(find('content-length') ?? 0)
  if (text.length < at + length) return undefined
  return { message: { start, headers, body: text.slice(at, at + length), trailers: [] }, rest: text.slice(at + length) }
}

const readChunks = (
  text: string,
  from: number,
  head: Pick<Message, 'start' | 'headers'>,
): ReturnType<typeof readMessage> => {
  let at = from
  let body = ''
  for (;;) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(text.slice(at, line), 16)
    at = line + 2
    if (size === 0) break
    if (text.length < at + size + 2) return undefined
    body += text.slice(at, at + size)
    at += size + 2
  }
  if (text.startsWith('\r\n', at)) return { message: { ...head, body, trailers: [] }, rest: text.slice(at + 2) }
  const end = text.indexOf('\r\n\r\n', at)
  if (end < 0) return undefined
  return { message: { ...head, body, trailers: headerLines(text.slice(at, end)) }, rest: text.slice(end + 4) }
}

/** Calls `got` with each whole message that arrives. */
export const onMessages = (socket: Socket, bodyless: () => boolean, got: (message: Message) => void): void => {
  let text = ''
  socket.on('data', bytes => {
    text += bytes.toString('latin1')
    for (let read = readMessage(text, bodyless()); read; read = readMessage(text, bodyless())) {
      text = read.rest
      got(read.message)
    }
  })
}

export const head = (start: string, headers: readonly (readonly [string, string])[]): string =>
  `${start}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`

export const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

export const lastChunk = (trailers: readonly (readonly [string, string])[]): string =>
  `0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
