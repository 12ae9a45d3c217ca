// What translation and emit have to know about the machine they run for: addresses, certificate authorities, the module.
import { existsSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { SUITE_MODULE } from '../../filters/suite/names.ts'
import type { Surroundings } from '../app.ts'
import { CommandError } from '../errors.ts'
import { packageFile } from '../package.ts'
import { createPreflight } from '../preflight/preflight.ts'
import { inspectCertificate, inspectTrust } from '../tls/inspect.ts'
import type { AddressBook } from '../translate/placement.ts'
import { IMPLICIT_CLASS, PROXY } from './names.ts'

export interface Module {
  path: string
  bytes: Buffer
}

/** The filters as they were built. Throws where they were not. */
export function builtModule(): Module {
  const path = packageFile(join('dist', SUITE_MODULE))
  if (!existsSync(path)) throw new CommandError(3, `${path} is missing: run "npm run build"`)
  return { path, bytes: readFileSync(path) }
}

/** For a folder: one Envoy, and a parentRef that leads nowhere is a mistake. */
export function folderSurroundings(
  controllerName: string,
  portOffset: number,
  { bytes }: Module,
): (book: AddressBook) => Surroundings {
  const { check } = createPreflight(bytes)
  const preflight: Surroundings['preflight'] = plan => {
    const verdict = check(plan)
    return verdict.ok ? undefined : verdict.reason
  }
  return book => ({
    controllerName,
    implicitClass: IMPLICIT_CLASS,
    placement: { type: 'Shared', proxy: PROXY, portOffset, book, isUsable },
    unresolvedParents: 'Report',
    inspectCertificate,
    inspectTrust,
    preflight,
  })
}

const isUsable = (address: string): boolean =>
  /^127\.\d+\.\d+\.\d+$/.test(address) ||
  ['0.0.0.0', '::'].includes(address) ||
  Object.values(networkInterfaces()).some(list => list?.some(each => each.address === address))

const bundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem']

/** Where this machine keeps its certificate authorities. */
export const systemCertificates = (): string => bundles.find(path => existsSync(path)) ?? '/etc/ssl/cert.pem'
