// What can be said on the command line. Each command's code is loaded when it is asked for: `sluice run` starts sooner without the
// translator that its child has.
import { Command, Option } from 'commander'
import type { TestOptions } from '../../test/host/cli/command.ts'
import { metrics, portOffset, wholeNumber } from './arguments.ts'
import type { CheckOptions } from './check.ts'
import { clusterCommands } from './cluster-commands.ts'
import { DEFAULT_CONTROLLER_NAME } from './names.ts'
import type { PrintOptions } from './print.ts'
import type { RunOptions } from './run.ts'
import type { ServeOptions } from './serve.ts'

const FOLDER = 'folder with Gateways, routes, backends and policies (*.yaml, *.yml, *.json)'

const levelOf = (command: Command): 'debug' | 'info' =>
  command.optsWithGlobals<{ verbose?: boolean }>().verbose === true ? 'debug' : 'info'

const controllerName = () =>
  new Option('--controller-name <name>', 'serve GatewayClasses with this controllerName').default(
    DEFAULT_CONTROLLER_NAME,
  )

const run = () =>
  new Command('run')
    .description('serve a folder of YAML: the controller, and an Envoy of its own')
    .argument('<dir>', FOLDER)
    .option(
      '--port-offset <n>',
      'move ports below 1024 up by N (default: 0, or 10000 where they may not be bound)',
      portOffset,
    )
    .option('--status-dir <dir>', 'write each object with its status to DIR/<Kind>/<namespace>/<name>.yaml')
    .addOption(controllerName())
    .option('--concurrency <n>', 'worker threads of Envoy (default: one for each processor)', wholeNumber)
    .addOption(metrics())
    .option('--no-envoy', 'serve xDS only; see --xds')
    .option('--xds <path>', 'unix socket to serve xDS on (default: a private one)')
    .action(async (dir: string, options: RunOptions, command: Command) =>
      (await import('./run.ts')).run(dir, options, levelOf(command)),
    )

const serve = () =>
  new Command('serve')
    .description('the controller that `sluice run` keeps running')
    .argument('<dir>')
    .requiredOption('--xds <path>')
    .requiredOption('--runtime <dir>')
    .requiredOption('--port-offset <n>', '', portOffset)
    .addOption(controllerName())
    .option('--status-dir <dir>')
    .addOption(metrics())
    .action(async (dir: string, options: ServeOptions, command: Command) =>
      (await import('./serve.ts')).serve(dir, options, levelOf(command)),
    )

const check = () =>
  new Command('check')
    .description('say what is wrong with a folder of YAML, object by object; 1 if anything is')
    .argument('<dir>', FOLDER)
    .addOption(
      new Option('-o, --output <format>', 'what goes to stdout').choices(['table', 'yaml', 'json']).default('table'),
    )
    .addOption(controllerName())
    .action(async (dir: string, options: CheckOptions) => {
      process.exitCode = await (await import('./check.ts')).check(dir, options)
    })

const print = () =>
  new Command('print')
    .description('show what a folder of YAML comes to')
    .argument('<dir>', FOLDER)
    .option('--ir', 'the intermediate representation, as YAML')
    .option('--xds', 'a bootstrap that `envoy -c` runs without a controller, as YAML')
    .option('-o, --output <dir>', 'write files there: also private keys (mode 0600) and the module')
    .option('--port-offset <n>', 'move ports below 1024 up by N', portOffset)
    .addOption(controllerName())
    .addHelpText('after', '\nPrivate keys are redacted on stdout.')
    .action(async (dir: string, options: PrintOptions) => (await import('./print.ts')).print(dir, options))

const test = () =>
  new Command('test')
    .description('run the cases of a YAML file against a proxy-wasm module, without Envoy; 1 if any fails')
    .argument('<cases>', 'YAML file with cases')
    .option('--wasm <file>', 'the module (default: what the cases say)')
    .addOption(new Option('-o, --output <format>', 'pretty on a terminal, TAP elsewhere').choices(['pretty', 'tap']))
    .option('--watch', 'run again when the cases or the module change')
    .option('--budget <ms>', 'how long a case may take before it is ended', wholeNumber, 10_000)
    .addOption(new Option('--in-child').hideHelp())
    .action(async (cases: string, options: TestOptions) =>
      (await import('../../test/host/cli/command.ts')).test(cases, options),
    )

/** Adds every command to the program. */
export function addCommands(program: Command): void {
  for (const command of [run(), check(), print(), test(), ...clusterCommands()])
    program.addCommand(command.exitOverride())
  program.addCommand(serve().exitOverride(), { hidden: true })
}
