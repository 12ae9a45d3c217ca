// What was answered and what arrived, held against what the model says. Out: nothing, or what is wrong, in words.
import { ANSWERED, type Arrival, known, tidy } from './backends.ts'
import type { Answer, Copy, Expected, Sent } from './model/expected.ts'
import type { Request } from './objects.ts'
import type { Answered } from './rig.ts'
import { SUBJECTS } from './surroundings.ts'

export interface Seen {
  answered: Answered
  /** All that came to backends under this request's id, copies included. */
  arrivals: readonly Arrival[]
}

export const compare = (request: Request, expected: Expected, { answered, arrivals }: Seen): string | undefined => {
  if (expected.type === 'Closed')
    return answered.type === 'Failed' ? undefined : `answered ${answered.reply.status} where nothing should listen`
  if (answered.type === 'Failed') return `no answer: ${answered.why}`
  const { certificate } = answered.reply
  if (expected.certificate !== undefined && certificate !== SUBJECTS[expected.certificate])
    return `certificate of ${certificate} instead of ${expected.certificate}`
  const faults = expected.answers.map(answer => faultOf(request, answer, answered, arrivals))
  return faults.includes(undefined) ? undefined : [...new Set(faults)].join('\n')
}

type Reply = (Answered & { type: 'Answered' })['reply']

const faultOf = (
  request: Request,
  answer: Answer,
  { reply }: { reply: Reply },
  arrivals: readonly Arrival[],
): string | undefined => {
  if (answer.type === 'Unsaid') return undefined
  if (answer.type === 'Rpc') {
    const status = reply.headers['grpc-status']
    return status === String(answer.status)
      ? faultOfCopies(answer.copies, arrivals)
      : `grpc-status ${status} (${reply.status}) instead of ${answer.status}`
  }
  const status = answer.type === 'Forward' ? 200 : answer.status
  if (reply.status !== status) return `status ${reply.status} instead of ${status}`
  switch (answer.type) {
    case 'Status':
      return faultOfCopies(answer.copies, arrivals)
    case 'Redirect':
      return isSameLocation(request, answer.location, String(reply.headers.location))
        ? faultOfCopies([], arrivals)
        : `Location ${reply.headers.location} instead of ${answer.location}`
    case 'Forward': {
      const primary = { to: answer.to, sent: answer.sent }
      if (!reply.body.startsWith('{')) return `no backend answered: ${JSON.stringify(reply.headers)}`
      const echo = JSON.parse(reply.body) as Arrival
      if (!isArrival(primary, echo))
        return `backend got ${show(echo)} instead of ${show({ ...answer.sent, to: answer.to })}`
      let headers = ANSWERED
      for (const edit of answer.edits) headers = edit(headers)
      const fault = differenceOf(known(reply.headers), headers)
      if (fault) return `answer has ${fault}`
      const rest = arrivals.toSpliced(
        arrivals.findIndex(arrival => isArrival(primary, arrival)),
        1,
      )
      return faultOfCopies(answer.copies, rest)
    }
  }
}

/** Each arrival is one of the copies, and none that is due always is missing. */
const faultOfCopies = (copies: readonly Copy[], arrivals: readonly Arrival[]): string | undefined => {
  const open = copies.toSorted((a, b) => (a.when < b.when ? -1 : 1))
  for (const arrival of arrivals) {
    const at = open.findIndex(copy => isArrival(copy, arrival))
    if (at < 0) return `a copy that nobody asked for: ${show(arrival)}`
    open.splice(at, 1)
  }
  const missing = open.find(({ when }) => when === 'Always')
  return missing && `no copy came to ${missing.to}: ${show({ ...missing.sent, to: missing.to })}`
}

const isArrival = ({ to, sent }: { to: string; sent: Sent }, arrival: Arrival): boolean =>
  to === arrival.to &&
  sent.method === arrival.method &&
  sent.path === arrival.path &&
  sent.host === arrival.host &&
  differenceOf(arrival.headers, sent.headers) === undefined

const differenceOf = (found: Record<string, string>, wanted: Record<string, string>): string | undefined => {
  for (const name of new Set([...Object.keys(found), ...Object.keys(wanted)])) {
    const value = wanted[name] === undefined ? undefined : tidy(wanted[name])
    if (found[name] !== value) return `${name}: ${found[name]} instead of ${value}`
  }
  return undefined
}

/**
 * A scheme's own port SHOULD NOT be written; where the request's Host names a port, we write it, so that a mapped port
 * does not stay (README.md).
 */
const isSameLocation = ({ host }: Request, wanted: string, found: string): boolean => {
  if (found === wanted) return true
  const { protocol } = new URL(wanted)
  const explicit = wanted.replace(/^(\w+:\/\/[^/:]+)(?=\/)/, `$1:${protocol === 'https:' ? 443 : 80}`)
  return /:\d+$/.test(host) && found === explicit
}

const show = ({ to, method, path, host, headers }: Arrival): string =>
  `${method} ${path} of ${host} at ${to} with ${JSON.stringify(headers)}`
