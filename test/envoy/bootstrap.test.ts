// The bootstrap in the real Envoy: it is taken, its bounds hold, its log can be read by machines.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type BootstrapOptions, bootstrap, envoyArguments } from '../../envoy/bootstrap.ts'
import { findEnvoy } from '../../envoy/find.ts'
import { encodeJson } from '../../envoy/schema/registry.ts'
import { answers, ask, host, listener, table, world } from '../xds/world.ts'
import { startEnvoy } from './static.ts'

const options: BootstrapOptions = {
  nodeId: 'node',
  proxy: 'proxy',
  xds: { type: 'tcp', host: '127.0.0.1', port: 1 },
  admin: { type: 'tcp', host: '127.0.0.1', port: 0 },
}

describe('the bootstrap', () => {
  it('is of the schema, and says who it is', () => {
    const json = bootstrap(options)
    expect(encodeJson('envoy.config.bootstrap.v3.Bootstrap', json).length).to.be.greaterThan(0)
    expect(json.node).to.deep.equal({ id: 'node', cluster: 'proxy' })
  })

  it('has Envoy log an object a line, whatever the message holds', async () => {
    const { path } = await findEnvoy()
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bootstrap-'))
    try {
      const config = join(folder, 'envoy.json')
      await writeFile(config, JSON.stringify({ ...bootstrap(options), 'a "quoted"\nfield': 1 }))
      const args = envoyArguments({ config, concurrency: 1, logLevel: 'info' })
      const log = await new Promise<string>(done => {
        execFile(path, ['--mode', 'validate', ...args], (_, __, stderr) => done(stderr))
      })
      // What Envoy prints about a bad configuration before it ends is no log line.
      const lines = log.split('\n').filter(line => line.startsWith('{'))
      expect(lines.length).to.be.greaterThan(0)
      for (const line of lines) expect(JSON.parse(line)).to.have.all.keys('level', 'component', 'msg')
      expect(log).to.contain('quoted')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('has an admin socket that only its user may open', async () => {
    await using all = await world()
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bootstrap-'))
    try {
      const path = join(folder, 'admin.sock')
      all.set(listener('l', 'r'), table('r', host('*', answers('x'))))
      const { path: envoy } = await findEnvoy()
      const config = join(folder, 'envoy.json')
      const json = bootstrap({
        ...options,
        proxy: 'test',
        xds: { type: 'unix', path: all.socket },
        admin: { type: 'unix', path },
      })
      await writeFile(config, JSON.stringify(json))
      const child = execFile(envoy, envoyArguments({ config, concurrency: 1 }))
      try {
        await all.settled()
        expect((await stat(path)).mode & 0o777).to.equal(0o600)
        const body = await new Promise<string>(done => {
          get({ socketPath: path, path: '/ready' }, response => {
            response.setEncoding('utf8').once('data', done)
          })
        })
        expect(body).to.equal('LIVE\n')
      } finally {
        const ended = new Promise(done => child.once('exit', done))
        child.kill()
        await ended
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('lets expressions be as large as people write them', async () => {
    await using all = await world()
    const regex = `/[a-z0-9-]{1,63}/(?:[\\p{L}\\p{N}]+\\.){0,8}[a-z]{2,}`
    all.set(listener('l', 'r'), table('r', host('*', { ...answers('x'), name: 'x', match: { safeRegex: { regex } } })))
    await using envoy = await all.envoy()
    expect((await all.settled()).rejections).to.deep.equal([])
    expect(await ask(`${envoy.url('l')}/abc/example.org`)).to.equal('200 x')
  })

  it('bounds the connections of clients, not those to the admin', async () => {
    await using all = await world()
    all.set(listener('l', 'r'), table('r', host('*', answers('x'))))
    const xds = { type: 'unix', path: all.socket } as const
    await using envoy = await startEnvoy(bootstrap({ ...options, proxy: 'test', xds, maxConnections: 2 }))
    const sockets: Socket[] = []
    const hold = () =>
      new Promise<'open' | 'closed'>(done => {
        const socket = connect(envoy.port('l'), '127.0.0.1')
        sockets.push(socket)
        // One that is over the bound is accepted and closed at once.
        socket.once('data', () => done('open'))
        socket.once('close', () => done('closed'))
        socket.once('error', () => done('closed'))
        socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      })
    try {
      expect([await hold(), await hold(), await hold()]).to.deep.equal(['open', 'open', 'closed'])
      expect(await envoy.admin('/ready')).to.equal('LIVE\n')
    } finally {
      for (const socket of sockets) socket.destroy()
    }
  })
})
