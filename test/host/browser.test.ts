// The core runs in a browser: its bundle needs nothing of Node.
import { resolve } from 'node:path'
import { expect } from 'chai'
import { build } from 'esbuild'

describe('the core of the host', () => {
  it('bundles for a browser, with nothing but its own files', async () => {
    const { metafile, errors } = await build({
      entryPoints: [resolve(import.meta.dirname, 'core/index.ts')],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      write: false,
      metafile: true,
    })
    expect(errors).to.deep.equal([])
    const outside = Object.keys(metafile.inputs).filter(path => !path.includes('test/host/core/'))
    expect(outside).to.deep.equal([])
  })
})
