// What ends a command early, and the exit status that says which kind it was (docs: "Exit status" of every command).

/** 1: the input has faults; 2: wrong usage; 3: the environment lacks something. */
export type ExitStatus = 1 | 2 | 3

/** An end that the user can do something about: one line, no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly status: ExitStatus

  constructor(status: ExitStatus, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}
