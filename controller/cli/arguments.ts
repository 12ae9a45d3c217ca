// Numbers and addresses on the command line.
import { InvalidArgumentError, Option } from 'commander'

const LAST_PORT = 65_535
const LAST_PRIVILEGED = 1_023

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < 1) throw new InvalidArgumentError('a whole number from 1 is needed.')
  return value
}

/** What moves every port below 1024, and has to leave it a port. */
export function portOffset(text: string): number {
  const most = LAST_PORT - LAST_PRIVILEGED
  if (!/^\d{1,5}$/.test(text) || Number(text) > most) {
    throw new InvalidArgumentError(`a whole number from 0 to ${most} is needed.`)
  }
  return Number(text)
}

export interface HostPort {
  host: string
  port: number
}

/** `port`, `host:port` or `[address]:port`; alone a port is for this machine only. */
export function hostPort(text: string): HostPort {
  const { host, bare, port } =
    /^(?:(?:\[(?<host>[^\]]+)\]|(?<bare>[^:[\]]+)):)?(?<port>\d{1,5})$/.exec(text)?.groups ?? {}
  if (port === undefined || Number(port) > LAST_PORT) {
    throw new InvalidArgumentError('a port is needed, or host:port, as 9464 or 0.0.0.0:9464.')
  }
  return { host: host ?? bare ?? '127.0.0.1', port: Number(port) }
}

export const shownHostPort = ({ host, port }: HostPort): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

export const metrics = () =>
  new Option(
    '--metrics <[host:]port>',
    "serve the controller's figures for Prometheus at /metrics (default: not; host 127.0.0.1)",
  ).argParser(hostPort)
