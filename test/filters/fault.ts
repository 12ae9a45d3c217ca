// A configuration in, the module's fault out, as its log line says it but for the place; undefined when it takes the configuration.
import type { Host } from '../host/core/index.ts'

export function faultIn(host: Host, text: string): string | undefined {
  try {
    host.plugin({ configuration: text })
    return undefined
  } catch (error) {
    const fault = /fault="(.*)"$/.exec(host.logs.at(-1)?.message ?? '')?.[1]
    if (fault === undefined) throw error
    return fault.replace(/^line \d+, column \d+: /, '')
  }
}

export const faultOf = (host: Host, configuration: unknown): string | undefined =>
  faultIn(host, JSON.stringify(configuration))
