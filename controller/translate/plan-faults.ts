// What the filters would refuse at run time in, the words of a condition out.
import type { Fault, Refusal } from '../../filters/plan/check.ts'
import type { RouteProblem } from './conditions.ts'
import { unsupported } from './problems.ts'

/** What is wrong, and what mends it. */
const WORDS: Record<Refusal, [wrong: string, fix: string]> = {
  ControlCharacter: ['holds a control character, which could split a message', 'take it out'],
  NotToken: ['is no header name (RFC 9110 5.6.2)', 'use letters, digits and hyphens'],
  PseudoHeader: ['is a pseudo-header', 'use a URLRewrite filter for path and host'],
  HostHeader: ['is the host, which is no header to modify', 'use urlRewrite.hostname'],
  HopByHopHeader: ['belongs to the connection (RFC 9110 7.6.1)', 'leave it to the proxy'],
  FramingHeader: ['frames the message (RFC 9112 6)', 'leave it to the proxy'],
  TooLong: ['is too long', 'shorten it'],
  TooMany: ['holds too many entries', 'use fewer'],
  OutOfRange: ['is out of range', 'see the limits of the filter'],
  Repeated: ['is the name of another one, too', 'give each a name of its own'],
  NotHost: ['is no host (RFC 3986)', 'use a DNS name'],
  NotPath: ['is no absolute path (RFC 3986)', 'begin it with / and percent-encode the rest'],
  NotRegex: [
    'is no regular expression that can be run',
    'use the syntax of RE2 without flags, names and Unicode classes, and keep it short',
  ],
  NotInResponse: ['is not known any more when the response comes', 'use it in request only'],
  NotTemplate: ['refers to a missing group', 'write \\1 for the first group and \\\\ for a backslash'],
  NotName: ['is no name for metrics and logs', 'use printable ASCII'],
}

export const problemOf = ({ at, refusal }: Fault): RouteProblem => unsupported(at, ...WORDS[refusal])
