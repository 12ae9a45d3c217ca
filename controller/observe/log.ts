// Logs go to stderr: one JSON object a line for machines, one readable line for people on a terminal. stdout belongs to what
// a command is asked to print.
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** @param component who speaks: `sluice`, `controller`, `envoy` */
export function createLog(component: string, level: LogLevel): Logger {
  const options = { level, base: { component }, timestamp: pino.stdTimeFunctions.isoTime }
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }))
  const readable = pretty({
    destination: 2,
    sync: true,
    colorize: process.env.NO_COLOR === undefined,
    translateTime: 'SYS:HH:MM:ss.l',
    hideObject: true,
    messageFormat: '{component}: {msg}',
  })
  return pino(options, readable)
}
