// The command line: arguments flow in, an exit status flows out. What each command does lives in cli/.
import { Command, CommanderError } from 'commander'
import { checkCommand } from './cli/check.ts'
import { printCommand } from './cli/print.ts'
import { runCommand } from './cli/run.ts'
import { serveCommand } from './cli/serve.ts'
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

program.addCommand(runCommand())
program.addCommand(checkCommand())
program.addCommand(printCommand())
program.addCommand(serveCommand(), { hidden: true })
for (const command of program.commands) command.exitOverride()

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
