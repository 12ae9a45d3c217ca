// Folders that are not as they should be: status where nothing can be written, one status folder for two, a folder that goes away;
// and addresses of the other family.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { alive } from './processes.ts'
import { folder, runSluice } from './sluice.ts'
import { ask, askUntil, backend, echoBackend, gateway, route, to } from './world.ts'

const hello = (version: string) =>
  route(
    'hello',
    '/',
    `    filters:
    - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-version, value: "${version}" }] } }
${to('shop')}`,
  )

describe('sluice run: folders and addresses', function () {
  this.timeout(60_000)

  for (const place of ['/proc/sluice/status', '/proc/self/fd/status', '/dev/null/status'])
    it(`ends with 3 where status cannot be written: ${place}`, async () => {
      await using dir = await folder()
      await using sluice = runSluice(dir.path, ['--status-dir', place])
      expect(await sluice.exited).to.equal(3)
    })

  it('lets one status folder have one owner', async () => {
    await using dir = await folder()
    await using status = await folder()
    await dir.write('world.yaml', gateway(dir.address))
    {
      await using first = runSluice(dir.path, ['--status-dir', status.path])
      await first.live
      await using second = runSluice(dir.path, ['--status-dir', status.path, '--no-envoy'])
      expect(await second.exited).to.equal(3)
      const file = join(status.path, 'Gateway/default/web.yaml')
      expect(parse(await readFile(file, 'utf8')).metadata.name).to.equal('web')
    }
    // Given back at the end; and one who was killed has it no more.
    await using third = runSluice(dir.path, ['--status-dir', status.path, '--no-envoy'])
    await third.logged(({ msg }) => msg === 'controller started')
    third.child.kill('SIGKILL')
    await third.exited
    await using fourth = runSluice(dir.path, ['--status-dir', status.path])
    await fourth.live
  })

  it('takes a mark that nobody understands for nobody’s', async () => {
    await using dir = await folder()
    await using status = await folder()
    await dir.write('world.yaml', gateway(dir.address))
    await writeFile(join(status.path, '.sluice.pid'), 'rubbish')
    await using sluice = runSluice(dir.path, ['--status-dir', status.path])
    await sluice.live
  })

  it('serves on while its folder is away, says so, and goes on with what comes back', async () => {
    await using shop = await echoBackend('shop')
    await using dir = await folder()
    await dir.write('world.yaml', [gateway(dir.address), backend('shop', shop.port)].join('---\n'))
    await dir.write('hello.yaml', hello('one'))
    await using sluice = runSluice(dir.path)
    const [url = ''] = await sluice.live
    await askUntil(url, ({ headers }) => headers['x-version'] === 'one')
    const controller = Number((await sluice.logged(line => line.msg === 'controller started')).pid)
    await rename(dir.path, `${dir.path}-away`)
    await sluice.logged(({ level, msg }) => level >= 40 && msg.includes('ENOENT'))
    for (let i = 0; i < 20; i++) expect((await ask(url)).headers['x-version']).to.equal('one')
    await mkdir(dir.path)
    await dir.write('hello.yaml', hello('two'))
    await dir.write('world.yaml', [gateway(dir.address), backend('shop', shop.port)].join('---\n'))
    await askUntil(url, ({ headers }) => headers['x-version'] === 'two')
    expect(alive(controller)).to.equal(true)
  })

  it('serves an IPv6 address', async function () {
    const hasIpv6 = Object.values(networkInterfaces()).some(list => list?.some(({ address }) => address === '::1'))
    if (!hasIpv6) this.skip()
    await using shop = await echoBackend('shop')
    await using dir = await folder()
    const port = 20_000 + (process.pid % 20_000)
    await dir.write('world.yaml', [gateway('"::1"', port), backend('shop', shop.port), hello('six')].join('---\n'))
    await using sluice = runSluice(dir.path)
    expect(await sluice.live).to.deep.equal([`http://[::1]:${port}`])
    expect((await ask(`http://[::1]:${port}/`)).headers['x-version']).to.equal('six')
  })
})
