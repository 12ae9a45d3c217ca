// HTTP/1.1 as bytes, by hand: no library in between that would repair, refuse or reorder what the filters have made. Every
// byte is one character of a latin1 string. A client that pipelines on kept connections, and a backend that answers with
// what it was sent.
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Message {
  /** The request or status line. */
  line: string
  /** Names in lower case, in order of arrival. */
  headers: [name: string, value: string][]
  body: string
  trailers: [name: string, value: string][]
  /** Bytes of the whole message. */
  length: number
}

/** The first whole message in `text`, or undefined while it is incomplete. A response without framing ends at its head. */
export function takeMessage(text: string, hasBody = true): Message | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const [line = '', ...lines] = text.slice(0, head).split('\r\n')
  const headers = fields(lines)
  const message = { line, headers, body: '', trailers: [], length: head + 4 }
  if (!hasBody) return message
  const first = (name: string): string | undefined => headers.find(([key]) => key === name)?.[1]
  const length = first('content-length')
  if (length !== undefined) {
    const end = head + 4 + Number(length)
    return text.length < end ? undefined : { ...message, body: text.slice(head + 4, end), length: end }
  }
  return first('transfer-encoding') === 'chunked' ? takeChunks(text, message) : message
}

function takeChunks(text: string, message: Message): Message | undefined {
  let at = message.length
  let body = ''
  for (;;) {
    const end = text.indexOf('\r\n', at)
    if (end < 0) return undefined
    const size = Number.parseInt(text.slice(at, end), 16)
    if (size === 0) {
      if (text.startsWith('\r\n', end + 2)) return { ...message, body, length: end + 4 }
      const last = text.indexOf('\r\n\r\n', end + 2)
      if (last < 0) return undefined
      return { ...message, body, trailers: fields(text.slice(end + 2, last).split('\r\n')), length: last + 4 }
    }
    if (text.length < end + 4 + size) return undefined
    body += text.slice(end + 2, end + 2 + size)
    at = end + 4 + size
  }
}

const fields = (lines: string[]): [string, string][] =>
  lines.map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
  })

/** A response, or why there was none. */
export type Reply = Message | 'closed'

/**
 * Sends requests in order on one connection, up to `window` ahead of their answers. When the peer closes, the next one
 * begins a new connection; a request that was answered by nothing but the end of the connection is sent alone once more.
 */
export function exchange(port: number, requests: readonly string[], window = 32): Promise<Reply[]> {
  return new Promise(resolve => {
    const replies: Reply[] = []
    let alone = false
    const open = (): void => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true })
      const first = replies.length
      let sent = first
      let buffer = ''
      const send = (): void => {
        let batch = ''
        const until = alone ? first + 1 : Math.min(requests.length, replies.length + window)
        for (; sent < Math.min(until, requests.length); sent++) batch += requests[sent]
        if (batch !== '') socket.write(batch, 'latin1')
      }
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        buffer += chunk
        for (let reply = takeReply(buffer); reply; reply = takeReply(buffer)) {
          buffer = buffer.slice(reply.length)
          replies.push(reply)
          alone = false
        }
        if (replies.length === requests.length) socket.destroy()
        else if (sent - replies.length <= window / 2) send()
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        if (replies.length === first) {
          if (alone) replies.push('closed')
          alone = !alone
        }
        if (replies.length < requests.length) open()
        else resolve(replies)
      })
      send()
    }
    if (requests.length === 0) resolve(replies)
    else open()
  })
}

/** The next final response: interim ones (1xx but 101) are passed over. */
function takeReply(text: string): Message | undefined {
  const message = takeMessage(text)
  if (!message?.line.startsWith('HTTP/1.1 1') || message.line.startsWith('HTTP/1.1 101')) return message
  const final = takeReply(text.slice(message.length))
  return final && { ...final, length: final.length + message.length }
}

export interface Backend extends AsyncDisposable {
  port: number
}

/** The request header that tells an echoing backend which header lines to answer with, as hexadecimal digits. */
export const ANSWER = 'x-answer'

export const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex')

/** Answers 200 with the bytes it was sent as body, and hands every request to `seen`. */
export async function startBackend(seen: (request: Message, raw: string) => void = () => {}): Promise<Backend> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    let buffer = ''
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      buffer += chunk
      let out = ''
      for (let request = takeMessage(buffer); request; request = takeMessage(buffer)) {
        const raw = buffer.slice(0, request.length)
        buffer = buffer.slice(request.length)
        seen(request, raw)
        const answer = request.headers.find(([name]) => name === ANSWER)?.[1] ?? ''
        const lines = Buffer.from(answer, 'hex').toString('latin1')
        out += `HTTP/1.1 200 OK\r\n${lines}content-length: ${raw.length}\r\n\r\n${raw}`
      }
      if (out !== '') socket.write(out, 'latin1')
    })
  })
  await listen(server)
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(done => server.close(done))
    },
  }
}

const listen = (server: Server): Promise<void> => new Promise(done => server.listen(0, '127.0.0.1', done))
