// Every proposal says what it is about and how far it has come, in front matter that tools can read.

import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'

const folder = resolve(import.meta.dirname, '../../docs/proposals')
const statuses = ['provisional', 'implementable', 'implemented', 'withdrawn']

describe('docs/proposals', () => {
  const pages = readdirSync(folder).filter(name => name.endsWith('.md'))

  it('is numbered without gaps', () => {
    const numbers = pages.map(name => Number.parseInt(name, 10)).sort((a, b) => a - b)
    expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1))
  })

  for (const page of pages) {
    it(`${page} has a title, a status and the sections of a proposal`, () => {
      const text = readFileSync(resolve(folder, page), 'utf8')
      const front = /^---\n([\s\S]*?)\n---\n/.exec(text)?.[1]
      expect(front, 'front matter').to.be.a('string')
      const { title, status } = parse(front ?? '') as { title?: string; status?: string }
      expect(title).to.be.a('string').that.is.not.empty
      expect(status).to.be.oneOf(statuses)
      for (const section of ['Problem', 'Decision', 'Alternatives', 'Evidence']) {
        expect(text, `a section "${section}"`).to.match(new RegExp(`^## ${section}$`, 'm'))
      }
    })
  }
})
