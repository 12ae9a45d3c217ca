// The command line: arguments flow in, an exit status flows out. What each command does lives in cli/.
import { Command, CommanderError } from 'commander'
import { addCommands } from './cli/commands.ts'
import { CommandError } from './errors.ts'
import { version } from './version.ts'

const program = new Command('sluice')
  .description('Programmable traffic filters for Envoy and the Kubernetes Gateway API.')
  .version(version, '-V, --version', 'print the version and end')
  .option('--verbose', 'debug logs; errors with their stack')
  .showHelpAfterError('Run `sluice --help` or `sluice COMMAND --help` to see what there is.')
  .addHelpText(
    'after',
    '\nExit status: 0 good; 1 the input has faults; 2 wrong usage; 3 the environment lacks something.',
  )
  .exitOverride()

addCommands(program)

// Who reads our output may have read enough (`| head`): that is no fault, and no reason to stop serving.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const verbose = program.opts<{ verbose?: boolean }>().verbose === true
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`sluice: ${verbose && error instanceof Error ? error.stack : message}\n`)
  return error instanceof CommandError ? error.status : 3
}
