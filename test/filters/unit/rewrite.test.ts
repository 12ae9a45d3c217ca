// The rewrite on its own: the Gateway API's table of prefixes, full paths, hosts, expressions, and what is refused.
import { expect } from 'chai'
import type { Outcome } from '../../host/core/index.ts'
import { hostOf } from '../../host/mocha/covered.ts'

describe('rewrite, in the host', function () {
  this.timeout(60_000)

  const rewrite = async (
    configuration: object,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<Outcome> => {
    const plugin = (await hostOf('rewrite')).plugin({ configuration, placement: 'upstream' })
    return plugin.request({ ':path': path, ...headers }).send()
  }
  const prefixed = (prefix: string, replacement: string) => ({
    path: { type: 'ReplacePrefixMatch', replacePrefixMatch: { prefix, replacement } },
  })
  const expression = (regex: string, template: string) => ({
    path: { type: 'ReplaceRegexMatch', replaceRegexMatch: { regex, template } },
  })

  for (const [path, prefix, replacement, result] of [
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
    ['/foo/bar', '/foo', '', '/bar'],
    ['/foo/bar', '/foo', '/', '/bar'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo', '/foo', '/xyz', '/xyz'],
    ['/foo', '/foo', '/', '/'],
    ['/foo/', '/foo', '', '/'],
    ['/foo//bar', '/foo', '', '/bar'],
    ['/foo?a=/b', '/foo', '/xyz', '/xyz?a=/b'],
    ['/foo?', '/foo', '/', '/?'],
    ['/foobar', '/foo', '/xyz', '/foobar'],
    ['/a', '/foo', '/xyz', '/a'],
    ['/foo/%2e%2E/x', '/foo', '/a/b', undefined],
    ['/foo/a/../b', '/foo', '/x', '/x/a/../b'],
    ['/foo/./b', '/foo', '/x', '/x/./b'],
    ['/foo/a%2Fb', '/foo', '/x', '/x/a%2Fb'],
    ['/foo/a%zz', '/foo', '/x', undefined],
    ['/foo/a?b=[1]', '/foo', '/x', '/x/a?b=[1]'],
  ] as const)
    it(`${path}: ${prefix} becomes "${replacement}": ${result ?? '400'}`, async () => {
      const { upstream, localReply } = await rewrite(prefixed(prefix, replacement), path)
      expect(upstream?.path).to.equal(result)
      expect(localReply?.status).to.equal(result === undefined ? 400 : undefined)
    })

  it('replaces the full path, keeps the query, tells the original', async () => {
    const full = { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } }
    const { upstream } = await rewrite(full, '/old?a=b')
    expect(upstream?.path).to.equal('/new?a=b')
    expect(upstream?.headers.get('x-envoy-original-path')).to.equal('/old?a=b')
  })

  it('replaces the host', async () => {
    for (const hostname of ['a.example', 'a.example:8080', '[::1]', '[fe80::1.2.3.4]:1', '1.2.3.4:65535'])
      expect((await rewrite({ hostname }, '/')).upstream?.authority).to.equal(hostname)
  })

  it('takes the path from a header', async () => {
    const header = { path: { type: 'Header', header: 'X-Path' } }
    expect((await rewrite(header, '/a?b', { 'x-path': '/c' })).upstream?.path).to.match(/^\/c/)
    expect((await rewrite(header, '/a?b')).upstream?.path).to.equal('/a?b')
    expect((await rewrite(header, '/a', { 'x-path': 'http://evil/' })).localReply?.status).to.equal(400)
    expect((await rewrite(header, '/a', { 'x-path': '/../b' })).localReply?.status).to.equal(400)
    expect((await rewrite(header, '/a', { 'x-path': '' })).localReply?.status).to.equal(400)
  })

  it('refuses what leaves the replacement', async () => {
    expect((await rewrite(prefixed('/foo', '/a/b'), '/foo/../../etc')).localReply?.status).to.equal(400)
    expect((await rewrite(prefixed('/foo', '/a/b'), '/foo/x/../../../../etc')).localReply?.status).to.equal(400)
  })

  // What RE2 makes of it (GlobalReplace: leftmost first, an empty match too); 400 where that is no path.
  for (const [pattern, template, path, result] of [
    ['a', 'b', '/banana', '/bbnbnb'],
    ['^/users/([^/]+)/posts', '/by/\\1', '/users/ann/posts?x=1', '/by/ann?x=1'],
    ['a*', 'x', '/baac', 400],
    ['(a)(b)?', '(\\1\\2)', '/abaa', '/(ab)(a)(a)'],
    ['(a)(b)?', '[\\1\\2]', '/abaa', 400],
    ['(?:a|b)+c', 'X', '/ababc/abc', '/X/X'],
    ['[a-c]{2,3}', 'X', '/abcabca', '/XXa'],
    ['[^/]+$', 'end', '/a/b/c', '/a/b/end'],
    ['\\x61', 'z', '/ab', '/zb'],
    ['\\d+', 'n', '/a12/b3', '/an/bn'],
    ['\\D', '.', '/1a2', 400],
    ['[^\\d/]', '.', '/1a2', '/1.2'],
    ['\\w\\W', '_', '/a/b-c', '/__c'],
    ['x{0}a', 'b', '/xa', '/xb'],
    ['a{2}', 'b', '/aaa', '/ba'],
    ['a{1,}', 'b', '/aaa/a', '/b/b'],
    ['a+?', 'b', '/aa', '/bb'],
    ['a??b', 'x', '/ab', '/x'],
    ['a*?b', 'x', '/aab', '/x'],
    ['a{1,2}?', 'b', '/aa', '/bb'],
    ['[\\d.]+', 'v', '/1.2.3', '/v'],
    ['[\\w-]+', 'w', '/a-b', '/w'],
    ['[^\\s/]', 'q', '/ab', '/qq'],
    ['[]a]', 'k', '/a', '/k'],
    ['\\.', '-', '/a.b', '/a-b'],
    ['a|ab', 'x', '/ab', '/xb'],
    ['ab|a', 'x', '/ab', '/x'],
    ['()', '', '/a', '/a'],
  ] as const)
    it(`replaces ${pattern} by ${template} in ${path}: ${result}`, async () => {
      const { upstream, localReply } = await rewrite(expression(pattern, template), path)
      expect(upstream?.path ?? localReply?.status).to.equal(result)
    })

  it('names the fault of an expression', async () => {
    const host = await hostOf('rewrite')
    const bad: [string, string, string][] = [
      ['(', '', 'is no regular expression'],
      [')', '', 'is no regular expression'],
      ['[', '', 'is no regular expression'],
      ['[z-a]', '', 'is no regular expression'],
      ['*', '', 'is no regular expression'],
      ['a**', '', 'is no regular expression'],
      ['\\', '', 'is no regular expression'],
      ['a{3,2}', '', 'is no regular expression'],
      ['\\bfoo', '', 'is not supported'],
      ['\\Boo', '', 'is not supported'],
      ['(?i)a', '', 'is not supported'],
      ['\\x{62}', '', ''],
      ['[[:alpha:]]', '', 'is not supported'],
      ['\\Qa\\E', '', 'is not supported'],
      ['(?P<name>a)', '', 'is not supported'],
      ['(?x', '', ''],
      ['(?=a)', '', ''],
      ['\\pL', '', ''],
      ['(a)\\1', '', ''],
      ['(?<n', '', ''],
      ['[[:nope:]]', '', ''],
      ['\\x{110000}', '', ''],
      ['\\xg', '', ''],
      ['\\y', '', ''],
      ['[\\', '', ''],
      ['a{1000}{1000}', '', ''],
      ['((((((((((a{30}){30}){30})))))))', '', ''],
      ['a', '\\1', 'refers to a missing group'],
      ['(a)', '\\2', 'refers to a missing group'],
      ['a', '\\', 'refers to a missing group'],
      [`${'a'.repeat(5000)}`, '', ''],
    ]
    for (const [regex, template, fault] of bad) {
      expect(() => host.plugin({ configuration: expression(regex, template) }), regex).to.throw('refuses')
      expect(host.logs.at(-1)?.message, regex).to.include(fault)
    }
  })

  it('names the fault of a configuration', async () => {
    const host = await hostOf('rewrite')
    const path = (more: object) => ({ path: more })
    for (const [configuration, fault] of [
      [{ hostname: '' }, 'hostname'],
      [{ hostname: '[::1' }, 'hostname'],
      [{ hostname: '[]' }, 'hostname'],
      [{ hostname: '[g]' }, 'hostname'],
      [{ hostname: 'a:' }, 'hostname'],
      [{ hostname: 'a:123456' }, 'hostname'],
      [{ hostname: 'a:1b' }, 'hostname'],
      [{ hostname: 'a b' }, 'hostname'],
      [path({}), 'path.type: is missing'],
      [path({ type: 'Nothing' }), 'path.type'],
      [path({ type: 'ReplacePrefixMatch', replacePrefixMatch: {} }), 'prefix: is missing'],
      [path({ type: 'ReplacePrefixMatch', replacePrefixMatch: { prefix: '/a' } }), 'replacement: is missing'],
      [path({ type: 'ReplacePrefixMatch', replacePrefixMatch: { prefix: 'a', replacement: '/' } }), 'absolute path'],
      [path({ type: 'ReplacePrefixMatch', replacePrefixMatch: { a: 1 } }), 'is no field'],
      [path({ type: 'ReplacePrefixMatch' }), 'replacePrefixMatch: is missing'],
      [path({ type: 'ReplaceRegexMatch' }), 'replaceRegexMatch: is missing'],
      [path({ type: 'ReplaceRegexMatch', replaceRegexMatch: {} }), 'regex: is missing'],
      [path({ type: 'ReplaceRegexMatch', replaceRegexMatch: { regex: 'a' } }), 'template: is missing'],
      [path({ type: 'ReplaceRegexMatch', replaceRegexMatch: { regex: 'a', template: '', x: 1 } }), 'is no field'],
      [path({ type: 'Header' }), 'header: is missing'],
      [path({ type: 'Header', header: 'a', replacePrefixMatch: { prefix: '/', replacement: '/' } }), 'does not belong'],
      [path({ type: 'ReplaceFullPath', replaceFullPath: '/a?b' }), 'absolute path'],
      [path({ type: 'Header', header: 'a', other: 1 }), 'is no field'],
    ] as const) {
      expect(() => host.plugin({ configuration }), JSON.stringify(configuration)).to.throw('refuses')
      expect(host.logs.at(-1)?.message).to.include(fault)
    }
  })
})
