// `sluice envoys DIR`: keeps the Envoys of a machine, one for each Gateway, for the controllers that `sluice controller`
// starts. It outlives them: their death ends no Envoy; its own ends all.
import { Command } from 'commander'
import { findEnvoy } from '../../envoy/find.ts'
import { startKeeper } from '../infra/process/keeper.ts'
import { createLog } from '../observe/log.ts'
import { wholeNumber } from './arguments.ts'

interface EnvoysOptions {
  concurrency: number
}

export const envoysCommand = () =>
  new Command('envoys')
    .description('keep the Envoys of this machine for `sluice controller`')
    .argument('<dir>', 'folder for sockets and files of the Envoys; controllers find them there')
    .option('--concurrency <n>', 'worker threads of each Envoy', wholeNumber, 2)
    .action(async (dir: string, { concurrency }: EnvoysOptions, command: Command) => {
      const isVerbose = command.optsWithGlobals<{ verbose?: boolean }>().verbose === true
      const log = createLog('envoys', isVerbose ? 'debug' : 'info')
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
    })
