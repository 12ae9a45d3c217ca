// What bare modules learn of their placement, so as not to ask for it with every request: nothing is applied or
// counted twice, and no record is lost, however long they have been running.
import { expect } from 'chai'
import { Host } from '../host/core/index.ts'
import { moduleBytes } from '../host/mocha/covered.ts'
import { countedIn } from './counted.ts'

const configuration = { request: [{ action: 'Add', name: 'x-added', value: { type: 'Text', text: 'once' } }] }

describe('a bare module that has seen many requests', () => {
  let module: Uint8Array
  before(async () => {
    module = await moduleBytes('headers')
  })

  it('applies nothing twice behind the router, however often a request is tried', async () => {
    const plugin = Host.loadNow(module).plugin({ configuration, placement: 'upstream' })
    for (let i = 0; i < 200; i++) await plugin.request().send()
    const { attempts } = await plugin.request().answer({ status: 503 }).retries(2).send()
    expect(attempts.map(({ headers }) => headers.all('x-added'))).to.deep.equal([['once'], ['once'], ['once']])
  })

  it('counts a rewrite once behind the router, though it leaves the path as it is', async () => {
    const rewrite = await moduleBytes('rewrite')
    const path = { type: 'ReplacePrefixMatch', replacePrefixMatch: { prefix: '/foo', replacement: '/xyz' } }
    for (const [mode, client, outcome] of [
      ['Enforce', '/foo/x', 'applied'],
      ['Enforce', '/bar', 'skipped'],
      ['Enforce', '/foobar', 'skipped'],
      ['Enforce', '/xyz/x', 'skipped'],
      ['DryRun', '/foo/x', 'applied'],
      ['DryRun', '/bar', 'skipped'],
      ['DryRun', '/foo/%zz', 'refused'],
    ]) {
      const host = Host.loadNow(rewrite)
      const plugin = host.plugin({ configuration: { mode, path }, placement: 'upstream' })
      const request = plugin.request({ ':path': client! }).answer({ status: 503 }).retries(2)
      expect((await request.send()).attempts, client).to.have.length(3)
      const [[name, count] = ['', 0], ...others] = Object.entries(await countedIn(host))
      expect([name, count, others], `${mode} ${client}`).to.deep.equal([name, 1, []])
      expect(name).to.include(`;outcome=${outcome};mode=${mode}`)
    }
  })

  it('applies nothing twice with one configuration in front of the router and behind it', async () => {
    const host = Host.loadNow(module)
    const both = host.plugin({ configuration })
    const request = host.chain({ downstream: [both], upstream: [both] }).request()
    for (let i = 0; i < 200; i++) await request.send()
    const { attempts } = await request.answer({ status: 503 }).retries(2).send()
    expect(attempts.map(({ headers }) => headers.all('x-added').length)).to.deep.equal([2, 2, 2])
  })

  it('adds to the record that an earlier module has written, and finds one that begins to come after a while', async () => {
    const host = Host.loadNow(module)
    const [first, second] = ['first', 'second'].map(name => host.plugin({ configuration: { ...configuration, name } }))
    const policies = async (request: ReturnType<typeof host.chain>): Promise<unknown[]> => {
      const { decision } = await request.request().send()
      return (decision as { f: { p: string }[] }).f.map(({ p }) => p)
    }
    const alone = host.chain({ downstream: [second!] })
    for (let i = 0; i < 200; i++) expect(await policies(alone)).to.deep.equal(['second'])
    const both = host.chain({ downstream: [first!, second!] })
    for (let i = 0; i < 64; i++) await policies(both)
    for (let i = 0; i < 200; i++) expect(await policies(both)).to.deep.equal(['first', 'second'])
  })
})
