// Logs of Envoys are bounded.
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { expect } from 'chai'
import { logFile } from '../../controller/infra/process/log-file.ts'

describe('a log file', () => {
  let directory: string
  let path: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'log-'))
    path = join(directory, 'envoy.log')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const write = async (limit: number, ...chunks: string[]): Promise<void> => {
    const log = logFile(path, limit)
    for (const chunk of chunks) if (!log.write(chunk)) await once(log, 'drain')
    log.end()
    await finished(log)
  }

  it('keeps what is written, in order, also over a restart', async () => {
    await write(100, 'a\n', 'b\n')
    await write(100, 'c\n')
    expect(readFileSync(path, 'utf8')).to.equal('a\nb\nc\n')
    expect(statSync(path).mode & 0o777).to.equal(0o600)
  })

  it('begins anew at its limit, and keeps one before', async () => {
    await write(4, 'aa\n', 'bb\n', 'cc\n')
    expect(readFileSync(path, 'utf8')).to.equal('cc\n')
    expect(readFileSync(`${path}.1`, 'utf8')).to.equal('bb\n')
    expect(readdirSync(directory)).to.have.length(2)
  })

  it('never holds more than two limits, whatever comes', async () => {
    await write(1000, ...Array.from({ length: 500 }, (_, n) => `${'x'.repeat(n % 90)}\n`))
    const sizes = readdirSync(directory).map(name => statSync(join(directory, name)).size)
    for (const size of sizes) expect(size).to.be.at.most(1000)
  })

  it('counts what was there before', async () => {
    writeFileSync(path, 'x'.repeat(10))
    await write(12, 'abc\n')
    expect(readFileSync(path, 'utf8')).to.equal('abc\n')
  })
})
