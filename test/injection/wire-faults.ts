// What is wrong with bytes on a wire: a stream of HTTP/1.1 messages goes in, its faults come out. Stricter than any parser
// that a client or a backend would have.
import { takeMessage } from '../fuzz/wire.ts'

const REQUEST_LINE = /^[A-Z]+ [\x21-\x7e\x80-\xff]+ HTTP\/1\.1$/
const STATUS_LINE = /^HTTP\/1\.1 [1-5]\d\d [\x20-\x7e]*$/
const FIELD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/
const ONCE = ['host', 'content-length', 'transfer-encoding', 'date', 'connection', 'te', 'upgrade']

export interface Wire {
  messages: number
  faults: string[]
}

export function wireFaults(stream: string, kind: 'request' | 'response'): Wire {
  const faults: string[] = []
  let rest = stream
  let messages = 0
  while (rest !== '') {
    const message = takeMessage(rest)
    if (!message) {
      faults.push(`incomplete: ${JSON.stringify(rest.slice(0, 200))}`)
      break
    }
    messages++
    const lines = rest.slice(0, rest.indexOf('\r\n\r\n')).split('\r\n')
    for (const [i, line] of lines.entries()) {
      const grammar = i > 0 ? FIELD : kind === 'request' ? REQUEST_LINE : STATUS_LINE
      if (!grammar.test(line)) faults.push(`line: ${JSON.stringify(line.slice(0, 200))}`)
    }
    const names = message.headers.map(([name]) => name)
    for (const name of ONCE) if (names.filter(one => one === name).length > 1) faults.push(`twice: ${name}`)
    if (names.includes('content-length') && names.includes('transfer-encoding')) faults.push('framed twice')
    for (const [name] of message.headers) if (name.includes('evil')) faults.push(`injected: ${name}`)
    if (kind === 'request' && !names.includes('host')) faults.push('no host')
    rest = rest.slice(message.length)
  }
  return { messages, faults }
}

/** Of everything that a backend got. */
export const requestFaults = ({ streams }: { streams: { bytes: string }[] }): string[] =>
  streams.flatMap(({ bytes }) => wireFaults(bytes, 'request').faults)
