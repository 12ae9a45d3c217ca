// What the official report says of the implementation. In: package.json, which is all that the repository says of
// itself. Out: flags of the suite; where package.json names no address, the report says that there is none yet.
import { readFileSync } from 'node:fs'
import { packageFile } from '../../controller/package.ts'
import { version } from '../../controller/version.ts'

interface Package {
  name: string
  homepage?: string
  repository?: { url: string }
  bugs?: { url: string }
}

const NONE = 'not published yet'

export const implementationFlags = (): string[] => {
  const { name, homepage, repository, bugs } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as Package
  return [
    ...['-organization', name, '-project', name, '-version', version],
    ...['-url', repository?.url ?? homepage ?? NONE],
    ...['-contact', bugs?.url ?? NONE],
  ]
}
