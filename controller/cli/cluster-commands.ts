// What can be said on the command line about a cluster. Each command's code is loaded when it is asked for.
import { Command } from 'commander'
import { metrics, wholeNumber } from './arguments.ts'
import type { ControllerOptions } from './controller.ts'
import type { EnvoysOptions } from './envoys.ts'
import { DEFAULT_CONTROLLER_NAME } from './names.ts'

const levelOf = (command: Command): 'debug' | 'info' =>
  command.optsWithGlobals<{ verbose?: boolean }>().verbose === true ? 'debug' : 'info'

const controller = () =>
  new Command('controller')
    .description('serve the Gateways of a Kubernetes cluster')
    .option('--kubeconfig <file>', 'default: the service account of our pod, else KUBECONFIG, else ~/.kube/config')
    .requiredOption('--envoys <dir>', 'the folder of `sluice envoys`, which has to run on this machine')
    .requiredOption('--address-pool <ranges...>', 'addresses of this machine for Gateways, as 10.97.0.0/16')
    .option('--controller-name <name>', 'serve GatewayClasses with this controllerName', DEFAULT_CONTROLLER_NAME)
    .option('--namespace <name>', 'where our Leases are', 'sluice-system')
    .addOption(metrics())
    .action(async (options: ControllerOptions, command: Command) =>
      (await import('./controller.ts')).controller(options, levelOf(command)),
    )

const envoys = () =>
  new Command('envoys')
    .description('keep the Envoys of this machine for `sluice controller`')
    .argument('<dir>', 'folder for sockets and files of the Envoys; controllers find them there')
    .option('--concurrency <n>', 'worker threads of each Envoy', wholeNumber, 2)
    .action(async (dir: string, options: EnvoysOptions, command: Command) =>
      (await import('./envoys.ts')).envoys(dir, options, levelOf(command)),
    )

export const clusterCommands = (): Command[] => [controller(), envoys()]
