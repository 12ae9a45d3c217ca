// `npm start`: three backends, `sluice run` on the quickstart folder, and the requests to try. Ctrl-C ends all of it.
import { spawn } from 'node:child_process'
import { relative, resolve } from 'node:path'
import { styleText } from 'node:util'
import { demoBackends, startBackends } from './backends.ts'

const root = resolve(import.meta.dirname, '../..')
const quickstart = resolve(root, 'envoy/examples/quickstart')

const tries = (url: string) => [
  ['headers   set, added and removed on the way', `curl -i ${url}/headers -H 'x-debug: 1'`],
  ['rewrite   /shop becomes /api/v2 of shop.internal', `curl ${url}/shop/items?page=2`],
  ['mirror    the shadow gets a copy: watch this terminal', `curl ${url}/mirrored -d 'hello'`],
  [
    'limit     three a minute for each tenant, then 429',
    `for i in 1 2 3 4; do curl -si ${url}/limited -H 'x-tenant: blue' | head -1; done`,
  ],
  ['weights   nine of ten to shop, one to shop-next', `for i in $(seq 10); do curl -s ${url}/ | grep backend; done`],
]

const say = (line: string) => process.stdout.write(`${line}\n`)

function showTries(url: string): void {
  say('')
  say(styleText('bold', 'Try, in another terminal:'))
  for (const [what, command] of tries(url)) {
    say(`  ${styleText('dim', `# ${what}`)}`)
    say(`  ${command}`)
  }
  say('')
  say(`Then change ${relative(process.cwd(), quickstart) || '.'}/routes.yaml and ask again. Ctrl-C ends all of it.`)
  say('')
}

async function main(): Promise<number> {
  await using _backends = await startBackends(demoBackends, (backend, request) => {
    if (backend === 'shadow') say(`shadow got ${request.method} ${request.url}`)
  })
  const args = [resolve(root, 'dist/sluice.mjs'), 'run', quickstart, ...process.argv.slice(2)]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Ctrl-C reaches us alone; we pass it on, once.
    detached: true,
  })
  const ended = new Promise<number>(done => child.once('exit', code => done(code ?? 1)))
  child.on('message', (message: { live?: string[] }) => {
    const url = message.live?.[0]
    if (url) showTries(url)
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return await ended
}

main().then(
  code => {
    process.exitCode = code
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 3
  },
)
