// `sluice envoys DIR`: keeps the Envoys of a machine, one for each Gateway, for the controllers that `sluice controller`
// starts. It outlives them: their death ends no Envoy; its own ends all.
import { findEnvoy } from '../../envoy/find.ts'
import { startKeeper } from '../infra/process/keeper.ts'
import { createLog } from '../observe/log.ts'

export interface EnvoysOptions {
  concurrency: number
}

export async function envoys(dir: string, { concurrency }: EnvoysOptions, level: 'debug' | 'info'): Promise<void> {
  const log = createLog('envoys', level)
  const envoy = await findEnvoy({ onSlow: message => log.info(message) })
  const keeper = await startKeeper({
    directory: dir,
    envoy: envoy.path,
    concurrency,
    onEvent: event => {
      if (event.type === 'started') log.info({ pid: event.pid }, `Envoy of ${event.name} started`)
      else if (event.type === 'refused') log.error(event.why)
      else log.error(`Envoy of ${event.name}: ${event.why}; it is started again`)
    },
  })
  log.info({ socket: keeper.socket }, `Envoy ${envoy.version} (${envoy.from})`)
  await new Promise<void>(end => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  })
  await keeper.stop()
}
