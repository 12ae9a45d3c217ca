// `npm run bench:reload`: how long from the rename of a file to the first response that shows it, with so many routes beside
// the one that changes; and from the command to the first answered request. Prints a table, or JSON with --json.
import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { table } from 'table'
import { folder, runSluice } from '../run/sluice.ts'
import { ask, askUntil, backend, echoBackend, gateway, route, to } from '../run/world.ts'

const { values } = parseArgs({
  options: {
    routes: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '200' },
    starts: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write('usage: npm run bench:reload -- [--routes 100] [--rounds 200] [--starts 5] [--json]\n')
  process.exit(0)
}

const versioned = (name: string, prefix: string, version: number) =>
  route(
    name,
    prefix,
    `    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: x-version, value: "${version}" }] }
${to('shop')}`,
  )

const quantile = (sorted: number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN

function summary(samples: number[]) {
  const sorted = samples.toSorted((a, b) => a - b)
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) ?? Number.NaN }
}

async function measure(routes: number, rounds: number, starts: number) {
  await using shop = await echoBackend('shop')
  await using dir = await folder()
  await dir.write('world.yaml', [gateway(dir.address), backend('shop', shop.port)].join('---\n'))
  for (let i = 1; i < routes; i++) await dir.write(`r${i}.yaml`, versioned(`r${i}`, `/r${i}`, 0))
  await dir.write('changing.yaml', versioned('changing', '/changing', 0))
  const start: number[] = []
  for (let i = 0; i < starts; i++) {
    const begun = performance.now()
    await using _sluice = runSluice(dir.path)
    await askUntil(`http://${dir.address}:8080/changing`, answer => answer.status === 200)
    start.push(performance.now() - begun)
  }
  await using sluice = runSluice(dir.path)
  const [url] = await sluice.live
  // A connection that is kept: the asking must not cost more than what it measures.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const reload: number[] = []
  for (let version = 1; version <= rounds; version++) {
    await setTimeout(20 + Math.random() * 60)
    await dir.write('changing.yaml', versioned('changing', '/changing', version))
    const begun = performance.now()
    for (;;) {
      const answer = await ask(`${url}/changing`, { agent })
      if (answer.status !== 200) throw new Error(`the backend answered ${answer.status}`)
      if (answer.headers['x-version'] === String(version)) break
      // Asking without a pause takes a processor away from what is measured; this adds a millisecond at most.
      await setTimeout(1)
    }
    reload.push(performance.now() - begun)
  }
  agent.destroy()
  return { routes, rounds, reloadMs: summary(reload), startToFirstRequestMs: summary(start) }
}

const figures = await measure(Number(values.routes), Number(values.rounds), Number(values.starts))
if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
else {
  const row = (what: string, of: ReturnType<typeof summary>, target: string) => [
    what,
    of.p50.toFixed(1),
    of.p99.toFixed(1),
    of.max.toFixed(1),
    target,
  ]
  process.stdout.write(
    table([
      [`ms, ${figures.routes} routes`, 'p50', 'p99', 'max', 'target'],
      row(`rename to live (${figures.rounds} changes)`, figures.reloadMs, 'p99 < 50'),
      row('start to first request', figures.startToFirstRequestMs, '< 1500'),
    ]),
  )
}
