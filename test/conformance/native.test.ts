// Header modification, rewrite and mirroring are the filters' work, in every manifest of the official suite: nothing that
// an Envoy is served does it natively.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { createAdmission } from '../../controller/admit/admit.ts'
import { itemsOf } from '../../controller/admit/items.ts'
import { splitDocuments } from '../../controller/admit/yaml/document.ts'
import { emit } from '../../controller/emit/emit.ts'
import type { EmitOptions } from '../../controller/emit/options.ts'
import type { KubeObject, ObjectKey } from '../../controller/model/object.ts'
import { snapshotOf } from '../../controller/store/store.ts'
import { referencesOf } from '../../controller/translate/references.ts'
import { type Translation, translate } from '../../controller/translate/translate.ts'
import { manifestFiles, upstream } from '../admit/manifests.ts'
import { defaults, goldenRoot, objectsOf } from '../translate/world.ts'
import { nativeEquivalents } from './native.ts'

const CLASS = 'sluice'
const TESTS = 'conformance/tests/'
/** The runner writes into them what has no meaning here. */
const PLACEHOLDERS = /PLACEHOLDER|\{GATEWAY_(?!CLASS_NAME)/

const textOf = (file: string): string =>
  readFileSync(join(upstream, file), 'utf8').replaceAll('{GATEWAY_CLASS_NAME}', CLASS)

const admission = createAdmission({ channel: 'experimental', defaultNamespace: 'default' })

/** What becomes of a file: kinds that are none of ours (Deployments) are passed over. */
const admitted = (text: string): KubeObject[] =>
  splitDocuments(text).flatMap(document =>
    itemsOf(document.text, admission, () => undefined).flatMap(item => (item.type === 'object' ? [item.object] : [])),
  )

const base = admitted(textOf('conformance/base/manifests.yaml'))
const pair = (objectsOf(readFileSync(join(goldenRoot, 'certificates.yaml'), 'utf8')) as Secret[]).find(
  ({ kind, data }) => kind === 'Secret' && data?.['tls.key'],
)

type Secret = KubeObject & { data?: Record<string, string> }

/** The suite makes certificates as it goes: any pair will do for what is asked here. */
const secretFor = (key: ObjectKey): KubeObject => {
  const [, kind = '', namespace = '', name = ''] = key.split('/')
  return { ...pair, apiVersion: 'v1', kind, metadata: { name, namespace } }
}

const translationOf = (file: string): Translation => {
  const objects = [...base, ...admitted(textOf(file))]
  const referred = referencesOf(snapshotOf(objects), defaults.controllerName)
  return translate(snapshotOf([...objects, ...[...referred].map(secretFor)]), defaults)
}

const options: EmitOptions = {
  module: '/suite.wasm',
  reusePort: false,
  accessLog: 'Stdout',
  systemCertificates: '/etc/ssl/certs/ca-certificates.crt',
}

const served = (file: string) => nativeEquivalents(translationOf(file).proxies.flatMap(proxy => emit(proxy, options)))

describe('native equivalents of the filters', () => {
  // We are no mesh.
  const files = manifestFiles(TESTS).filter(
    file => !file.startsWith(`${TESTS}mesh/`) && !PLACEHOLDERS.test(textOf(file)),
  )

  it('are not served for any manifest of the conformance suite', () => {
    expect(files.length).to.be.above(100)
    const found = files.flatMap(file => served(file).native.map(path => `${file}: ${path}`))
    expect(found).to.deep.equal([])
  })

  it('have a plan in their place', () => {
    const about = files.filter(file => /modifier|rewrite|mirror/.test(file))
    expect(about.length).to.be.above(8)
    for (const file of about) expect(served(file).plans, file).to.be.above(0)
  })

  it('would be noticed, in both spellings', () => {
    const policies = [{ cluster: 'x' }]
    expect(nativeEquivalents({ routes: [{ requestHeadersToAdd: [{ header: {} }] }] }).native).to.deep.equal([
      'routes.0.request_headers_to_add',
    ])
    expect(
      nativeEquivalents({ route: { request_mirror_policies: policies, host_rewrite_literal: 'x' } }).native,
    ).to.deep.equal(['route.request_mirror_policies', 'route.host_rewrite_literal'])
    expect(nativeEquivalents({ route: { regexRewrite: { substitution: '/' } } }).native).to.have.length(1)
    expect(
      nativeEquivalents({ redirect: { prefixRewrite: '/' }, route: { request_headers_to_add: [] } }).native,
    ).to.deep.equal([])
    const filter = { '@type': 'type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation' }
    expect(nativeEquivalents([filter]).native).to.deep.equal(['0.@type'])
  })
})
