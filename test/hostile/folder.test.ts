// What vandals, editors and accidents put into the folder: each is told in a line, nothing crashes, memory stays bounded, and
// what was good serves on.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { alive } from '../run/processes.ts'
import { type Folder, folder, type Running, runSluice } from '../run/sluice.ts'
import { ask, askUntil, backend, type EchoBackend, echoBackend, gateway, route, to } from '../run/world.ts'

/** Of the controller, in MiB, with 20,000 files that came at once. A bound, not a measurement. */
const MOST_MEMORY = 600

const versioned = (version: number) =>
  route(
    'good',
    '/good',
    `    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: { set: [{ name: x-version, value: "${version}" }] }
${to('shop')}`,
  )

/** Nine levels of ten: a thousand million texts, if they were written out. */
const bomb = [
  'a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]',
  ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`),
].join('\n')

const files: Record<string, { content: string | Buffer; says: RegExp }> = {
  'noise.yaml': { content: randomBytes(1 << 20), says: /noise\.yaml/ },
  'text-noise.yaml': {
    content: randomBytes(1 << 19)
      .toString('base64')
      .replaceAll('A', '\n: - {['),
    says: /text-noise\.yaml/,
  },
  'bomb.yaml': { content: `apiVersion: v1\nkind: Service\nmetadata: { name: x }\n${bomb}\n`, says: /bomb\.yaml/ },
  'aliases.yaml': {
    content: Array.from({ length: 20_000 }, (_, i) => `a${i}: &a${i} x\nb${i}: *a${i}`).join('\n'),
    says: /aliases\.yaml:\d+:\d+: document is too complex: limit is 100000 tokens/,
  },
  'deep.yaml': { content: '['.repeat(100_000), says: /deep\.yaml/ },
  'broken.yaml': { content: 'kind: HTTPRoute\n  metadata: {', says: /broken\.yaml:\d+:\d+/ },
  'tab.yaml': { content: 'kind:\n\t- x\n', says: /tab\.yaml:2:\d+/ },
  'unknown.yaml': {
    content: 'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRout\nmetadata: { name: x }\n',
    says: /unknown\.yaml:\d+:\d+: no matches for kind "HTTPRout"/,
  },
  'schema.yaml': {
    content: route('bad', '/bad', to('shop')).replace('value: /bad', 'value: bad, kind: 7'),
    says: /schema\.yaml:\d+:\d+/,
  },
  'cel.yaml': {
    content: route('bad', '/bad', to('shop')).replace('value: /bad', 'value: bad'),
    says: /cel\.yaml:\d+:\d+: .*must be an absolute path/,
  },
  'json.json': { content: '{"kind": "HTTPRoute",,}', says: /json\.json:1:\d+/ },
}

describe('sluice run: a hostile folder', function () {
  this.timeout(120_000)
  const stack = new AsyncDisposableStack()
  let dir: Folder
  let sluice: Running
  let shop: EchoBackend
  let url: string
  let pid: number
  let version = 0

  before(async () => {
    shop = stack.use(await echoBackend('shop'))
    dir = stack.use(await folder())
    await dir.write('world.yaml', [gateway(dir.address), backend('shop', shop.port)].join('---\n'))
    await dir.write('good.yaml', versioned(0))
    sluice = stack.use(runSluice(dir.path))
    url = (await sluice.live)[0] ?? ''
    pid = Number((await sluice.logged(line => line.msg === 'controller started')).pid)
  })
  after(() => stack.disposeAsync())

  /** A change that comes afterwards is served: everything before it has been read. */
  const takesChanges = async () => {
    await dir.write('good.yaml', versioned(++version))
    await askUntil(`${url}/good`, answer => answer.headers['x-version'] === String(version))
    expect(alive(pid), 'the controller').to.equal(true)
  }
  const linesAbout = (name: string) =>
    sluice.logs.filter(line => line.level >= 40 && String(line.msg).split(':')[0]?.endsWith(name))

  for (const [name, { content, says }] of Object.entries(files))
    it(`tells of ${name} in a line and serves on`, async () => {
      await writeFile(join(dir.path, name), content)
      const line = await sluice.logged(({ level, msg }) => level >= 40 && says.test(msg))
      expect(line.msg.length).to.be.below(2_000)
      expect(line.msg).not.to.match(/[\r\n]/)
      await takesChanges()
      expect(linesAbout(name).map(({ msg }) => msg)).to.have.length(1)
      await unlink(join(dir.path, name))
    })

  it('follows an endless symlink once', async () => {
    await mkdir(join(dir.path, 'deep'))
    await symlink('..', join(dir.path, 'deep/up'))
    await symlink('self.yaml', join(dir.path, 'self.yaml'))
    await takesChanges()
    expect((await ask(`${url}/good`)).status).to.equal(200)
  })

  it('lives with files that vanish while they are read', async () => {
    for (let i = 0; i < 300; i++) {
      const path = join(dir.path, `vanishing-${i % 7}.yaml`)
      await writeFile(path, route(`v${i % 7}`, `/v${i % 7}`, to('shop')))
      await rm(path)
    }
    await takesChanges()
    // One that was read before it vanished is believed to be gone at the second look.
    await askUntil(`${url}/v3`, answer => answer.status === 404)
  })

  it('takes 20,000 files in bounded memory', async () => {
    await mkdir(join(dir.path, 'many'))
    for (let i = 0; i < 20_000; i += 500) {
      await Promise.all(
        Array.from({ length: 500 }, (_, j) =>
          writeFile(
            join(dir.path, 'many', `${i + j}.yaml`),
            `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c${i + j} }\ndata: { a: "${i + j}" }\n`,
          ),
        ),
      )
    }
    await writeFile(join(dir.path, 'many', 'z-last.yaml'), route('last', '/last', to('shop')))
    await until(async () => (await ask(`${url}/last`)).status === 200, 100_000)
    await takesChanges()
    expect(memoryOf(pid)).to.be.below(MOST_MEMORY)
  })
})

async function until(holds: () => Promise<boolean>, ms: number): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await holds()) return
    await new Promise(done => setTimeout(done, 50))
  }
  throw new Error('did not come about')
}

/** Resident, in MiB. */
const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
