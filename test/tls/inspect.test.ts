// What may serve TLS, and what is said of what may not.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect } from 'chai'
import { inspectCertificate, inspectTrust } from '../../controller/tls/inspect.ts'
import { pairOf } from './pair.ts'

const data = (name: string) => readFileSync(resolve(import.meta.dirname, 'data', name), 'utf8')
const inspect = (crt: string, key: string) => inspectCertificate(data(crt), data(key))

describe('inspectCertificate', () => {
  for (const name of ['rsa', 'p256', 'ed']) {
    it(`takes a pair of type ${name} and says how long it is valid`, () => {
      const verdict = inspect(`${name}.crt`, `${name}.key`)
      expect(verdict.problem).to.equal(undefined)
      if (verdict.problem === undefined) expect(verdict.notAfter - verdict.notBefore).to.equal(36500 * 86_400_000)
    })
  }

  it('refuses a key that belongs to another certificate', () => {
    expect(inspect('rsa.crt', 'p256.key').problem).to.equal(
      'tls.key is not the key of the first certificate in tls.crt',
    )
  })

  for (const [name, words] of [
    ['short', 'RSA key of 1024 bits'],
    ['k256', 'EC key on secp256k1'],
  ]) {
    it(`refuses what Envoy would refuse: ${words}`, () => {
      expect(inspect(`${name}.crt`, `${name}.key`).problem).to.include(words)
    })
  }

  it('refuses noise, for each of the two', () => {
    expect(inspectCertificate('noise', data('rsa.key')).problem).to.include('no PEM block')
    expect(inspectCertificate(data('rsa.crt'), 'noise').problem).to.include('no readable private key')
    const broken = data('rsa.crt').replace(/\n.{20}/, '\n')
    expect(inspectCertificate(data('rsa.crt') + broken, data('rsa.key')).problem).to.include('certificate 2 of 2')
  })
})

describe('CA certificates', () => {
  const good = pairOf('ca').crt
  const bad = '-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n'
  it('are good where each can be read', () => {
    expect(inspectTrust(good)).to.equal(undefined)
    expect(inspectTrust(`# ours\n${good}${pairOf('other').crt}`)).to.equal(undefined)
  })
  it('are not where one cannot, or none is there', () => {
    expect(inspectTrust(`${good}${bad}`)).to.equal('ca.crt: certificate 2 of 2 is not readable')
    expect(inspectTrust(good.slice(0, 200))).to.equal('ca.crt holds no PEM block "CERTIFICATE"')
  })
})
