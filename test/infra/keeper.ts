// A process of its own that keeps a child, to be killed by child.test.ts. Prints the ids of the child and of its lifeline.
import { keepRunning } from '../../controller/infra/child.ts'
import { descendants } from '../run/processes.ts'

keepRunning(
  { name: 'sleeper', command: 'sleep', args: ['600'], grace: 1000 },
  {
    onEvent: event => {
      if (event.type !== 'started') return
      const line = descendants(process.pid).find(pid => pid !== event.pid)
      process.stdout.write(`${event.pid} ${line}\n`)
    },
  },
)
