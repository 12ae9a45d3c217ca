// HTTPRouteBackendURLRewrite, which no suite before v1.7 asks for: URLRewrite on backendRefs, from YAML to the wire. What
// one backend gets is rewritten as its own reference says, and nobody else's.
import { expect } from 'chai'
import { type Folder, folder, type Running, runSluice } from '../run/sluice.ts'
import { ask, backend, type EchoBackend, echoBackend, gateway, route } from '../run/world.ts'

const to = (name: string, urlRewrite?: string): string => {
  const filters = urlRewrite === undefined ? '' : `, filters: [{ type: URLRewrite, urlRewrite: ${urlRewrite} }]`
  return `    - { group: sluice.dev, kind: Backend, name: ${name}${filters} }`
}
const prefix = (value: string, hostname: string): string =>
  `{ hostname: ${hostname}, path: { type: ReplacePrefixMatch, replacePrefixMatch: ${value} } }`
const whole = (value: string): string => `{ path: { type: ReplaceFullPath, replaceFullPath: ${value} } }`

describe('URLRewrite on backendRefs', () => {
  let backends: EchoBackend[]
  let dir: Folder
  let sluice: Running
  let url: string

  before(async () => {
    backends = await Promise.all(['a', 'b', 'c'].map(echoBackend))
    dir = await folder()
    await dir.write(
      'world.yaml',
      [
        gateway(dir.address),
        ...backends.map(({ name, port }) => backend(name, port)),
        route(
          'three',
          '/shop',
          `    backendRefs:
${to('a', prefix('/v1', 'a.internal'))}
${to('b', whole('/all'))}
${to('c')}`,
        ),
        route(
          'twice',
          '/twice',
          `    backendRefs:
${to('a', prefix('/blue', 'blue.internal'))}
${to('a', prefix('/green', 'green.internal'))}`,
        ),
        route(
          'beside',
          '/bare',
          `    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: { set: [{ name: x-rule, value: both }] }
    backendRefs:
${to('b', '{ hostname: only.internal }')}`,
        ),
      ].join('---\n'),
    )
    sluice = runSluice(dir.path)
    url = (await sluice.live)[0] ?? ''
  })

  after(async () => {
    await sluice?.stop()
    await dir?.[Symbol.asyncDispose]()
    for (const each of backends ?? []) await each[Symbol.asyncDispose]()
  })

  /** What was seen, by whom: chance picks the backend, sixty times leave none out. */
  const seen = async (path: string): Promise<string[]> => {
    const found = new Set<string>()
    for (let n = 0; n < 60; n++) {
      const { status, echo } = await ask(`${url}${path}`, { headers: { host: 'shop.example' } })
      expect(status).to.equal(200)
      found.add(`${echo.backend} ${echo.headers.host} ${echo.path}`)
    }
    return [...found].sort()
  }

  it('gives each backend its own path and host, and leaves those alone that have no filter', async () => {
    expect(await seen('/shop/items?page=2')).to.deep.equal([
      'a a.internal /v1/items?page=2',
      'b shop.example /all?page=2',
      'c shop.example /shop/items?page=2',
    ])
  })

  it('tells two references to the same backend apart', async () => {
    expect(await seen('/twice/x')).to.deep.equal(['a blue.internal /blue/x', 'a green.internal /green/x'])
  })

  it('replaces the prefix as a rule would: by whole elements, also alone', async () => {
    expect(await seen('/twice')).to.deep.equal(['a blue.internal /blue', 'a green.internal /green'])
    expect((await ask(`${url}/twicer`)).status).to.equal(404)
  })

  it('stands beside the filters of the rule', async () => {
    const { echo } = await ask(`${url}/bare/x`)
    expect(echo.path).to.equal('/bare/x')
    expect(echo.headers).to.include({ host: 'only.internal', 'x-rule': 'both' })
  })
})
