// What Envoys rejected outlives the controller that was told.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { rejectionsIn } from '../../controller/infra/process/rejections.ts'
import type { SavedRejections } from '../../controller/serve/server.ts'

const saved = { verdicts: [{ anything: 1 }], routes: {} } as unknown as SavedRejections[string]
const nothing: SavedRejections[string] = { verdicts: [], routes: {} }

describe('saved rejections', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rejections-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('are what the next one begins with', () => {
    const first = rejectionsIn(directory)
    first.write('a/g', saved)
    first.write('a/h', saved)
    expect(rejectionsIn(directory).read()).to.deep.equal({ 'a/g': saved, 'a/h': saved })
  })

  it('go when there are none any more', () => {
    const first = rejectionsIn(directory)
    first.write('a/g', saved)
    first.write('a/g', nothing)
    expect(readdirSync(directory)).to.deep.equal([])
    expect(rejectionsIn(directory).read()).to.deep.equal({})
  })

  it('are not written by one that has none to tell about a proxy of another', () => {
    rejectionsIn(directory).write('a/g', saved)
    rejectionsIn(directory).write('a/h', nothing)
    expect(Object.keys(rejectionsIn(directory).read())).to.deep.equal(['a/g'])
  })

  it('count as nothing where a file is not one of ours', () => {
    writeFileSync(join(directory, 'half.json'), '{"proxy":"a/g","saved":{"verd')
    writeFileSync(join(directory, 'other.json'), '{"proxy":"a/g","saved":{"verdicts":"x","routes":{}}}')
    writeFileSync(join(directory, 'null.json'), 'null')
    expect(rejectionsIn(directory).read()).to.deep.equal({})
    expect(existsSync(directory)).to.equal(true)
  })
})
