// The README's first route is run as it stands there: only ports and addresses are made free ones.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect } from 'chai'
import { folder, runSluice } from '../run/sluice.ts'
import { ask, echoBackend } from '../run/world.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8')

/** The YAML block behind `<!-- example: NAME -->`. */
const example = (name: string): string => {
  const found = new RegExp(`<!-- example: ${name} -->\n\`\`\`yaml\n([\\s\\S]*?)\n\`\`\``).exec(readme)?.[1]
  if (found === undefined) throw new Error(`README.md has no example ${name}`)
  return found
}

describe('README', () => {
  it('has a first route that works', async () => {
    await using greeter = await echoBackend('greeter')
    await using dir = await folder()
    const text = example('first-route')
      .replace('port: 9000', `port: ${greeter.port}`)
      .replace('  listeners:', `  addresses: [{ type: IPAddress, value: ${dir.address} }]\n  listeners:`)
    await dir.write('first-route.yaml', text)
    await using sluice = runSluice(dir.path)
    const [url] = await sluice.live
    const answer = await ask(`${url}/greet`, { headers: { host: 'hello.example' } })
    expect(answer.echo.headers['x-greeting']).to.equal('hello')
    expect((await ask(`${url}/greet`)).status).to.equal(404)
  })

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8'))
    for (const [, name] of readme.matchAll(/npm run ([a-z:]+)/g)) expect(scripts).to.have.property(name ?? '')
  })
})
