// What the model says of a request.

export type Expected =
  /** Nothing listens there, or not for this server name. */
  | { type: 'Closed' }
  /** Any of these answers is right: weights choose. `rule` says why, for people; `certificate` is the Secret's name. */
  | { type: 'Open'; rule: string; answers: Answer[]; certificate?: string }

export type Answer =
  | { type: 'Status'; status: number; copies: Copy[] }
  /** The `grpc-status` that a client reads. */
  | { type: 'Rpc'; status: number; copies: Copy[] }
  /** Nothing is said of what does not speak a route's language. */
  | { type: 'Unsaid' }
  | { type: 'Redirect'; status: number; location: string }
  | { type: 'Forward'; to: string; sent: Sent; edits: ResponseEdits[]; copies: Copy[] }

/** A request as its backend sees it. */
export interface Sent {
  method: string
  /** With its query. */
  path: string
  host: string
  /** By name in lower case; the values of one name, joined by a comma, absent where it is. */
  headers: Record<string, string>
}

/** What becomes of the headers that the backend answers with, in this order. */
export type ResponseEdits = (headers: Record<string, string>) => Record<string, string>

export interface Copy {
  to: string
  when: 'Always' | 'Maybe'
  sent: Sent
}
