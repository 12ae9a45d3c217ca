// What one counter of a module built for coverage stands for.
export interface Point {
  file: string
  line: number
  /** `statement`, or which arm of the `if` on that line. */
  kind: 'statement' | 'then' | 'else'
}
