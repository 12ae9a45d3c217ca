// A small gRPC backend without TLS, and the same backend for the host: what each method of `/svc/` answers.
import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Cluster, GrpcAnswer, GrpcStreamEnd } from '../core/index.ts'

export interface GrpcUpstream {
  port: number
  close(): void
}

const frame = (message: Uint8Array): Buffer => {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(message.length, 1)
  return Buffer.concat([header, message])
}

/** Calls back for every whole message. */
const onMessages = (stream: ServerHttp2Stream, take: (message: Buffer) => void): void => {
  let held = Buffer.alloc(0)
  stream.on('data', (data: Buffer) => {
    held = Buffer.concat([held, data])
    while (held.length >= 5 && held.length >= 5 + held.readUInt32BE(1)) {
      const end = 5 + held.readUInt32BE(1)
      take(held.subarray(5, end))
      held = held.subarray(end)
    }
  })
}

const HEADERS = { ':status': 200, 'content-type': 'application/grpc', 'x-initial': 'a', date: 'today' }
const TRAILERS = { 'grpc-status': '0', 'x-trailing': 'b' }

const serve = (stream: ServerHttp2Stream, method: string): void => {
  stream.on('error', () => {})
  const answer = (...messages: Uint8Array[]): void => {
    stream.respond(HEADERS, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers(TRAILERS))
    for (const message of messages) stream.write(frame(message))
  }
  const refuse = (status: string, message: string): void =>
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': status,
        'grpc-message': message,
        date: 'today',
      },
      { endStream: true },
    )
  const messages: Buffer[] = []
  switch (method) {
    case 'Chat':
      answer()
      onMessages(stream, message => stream.write(frame(message)))
      stream.on('end', () => stream.end())
      break
    case 'Never':
      onMessages(stream, () => {})
      break
    default:
      onMessages(stream, message => messages.push(message))
      stream.on('end', () => {
        if (method === 'Fail') return refuse('7', 'no%20way')
        if (method === 'Broken') return stream.respond({ ':status': 503 }, { endStream: true })
        if (method === 'Empty') answer(Buffer.alloc(0))
        else answer(...messages)
        stream.end()
      })
  }
}

export const grpcUpstream = async (): Promise<GrpcUpstream> => {
  const sessions = new Set<{ destroy(): void }>()
  const server = createServer()
  server.on('session', session => sessions.add(session))
  server.on('stream', (stream, headers) => serve(stream, String(headers[':path']).replace('/svc/', '')))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const session of sessions) session.destroy()
      server.close()
    },
  }
}

/** The same for the host. */
export const GRPC_CLUSTER: Cluster = {
  grpc: ({ method, message }): GrpcAnswer | 'never' => {
    if (method === 'Never' || method === 'Chat') return 'never'
    if (method === 'Fail') return { status: 7, statusMessage: 'no%20way' }
    if (method === 'Broken') return { status: 14, statusMessage: '' }
    return { message: method === 'Empty' ? '' : message }
  },
  stream: ({ method }, end: GrpcStreamEnd) => {
    const close = (): void => end.close(0, undefined, { 'x-trailing': 'b' })
    if (method === 'Chat') {
      end.begin(HEADERS)
      return (message, last) => {
        end.receive(message)
        if (last) close()
      }
    }
    return (_message, last) => {
      if (!last || method === 'Never') return
      if (method === 'Fail') end.close(7, 'no%20way', { date: 'today' })
    }
  },
}
