// The oracle, built when Go is there, and asked.
// In: objects. Out: what the API server's code answers to each, comparable with what admission answers.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Channel } from '../../../controller/model/schemas.ts'
import type { Json } from '../manifests.ts'

export interface Question {
  new: Json
  old?: Json
}

export interface Answer {
  /** Whether there is a CRD for the kind and version. */
  known: boolean
  /** Sorted; none for an object that would be stored. */
  messages: string[]
}

const GATEWAY_API = 'sigs.k8s.io/gateway-api@v1.6.3'
const crds = join(import.meta.dirname, '../../../controller/crds')

export const ask = (questions: readonly Question[], channel: Channel): Answer[] => {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-oracle-'))
  try {
    const binary = join(scratch, 'oracle')
    execFileSync('go', ['build', '-o', binary, '.'], { cwd: import.meta.dirname, stdio: 'inherit' })
    const module = execFileSync('go', ['mod', 'download', '-json', GATEWAY_API], { cwd: scratch, encoding: 'utf8' })
    const gatewayCrds = join((JSON.parse(module) as { Dir: string }).Dir, 'config/crd', channel)
    const input = questions.map(question => `${JSON.stringify(question)}\n`).join('')
    const output = execFileSync(binary, [gatewayCrds, crds], { input, encoding: 'utf8', maxBuffer: 2 ** 30 })
    return output.trimEnd().split('\n').map(toAnswer)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

const toAnswer = (line: string): Answer => {
  const { known, unknown, errors } = JSON.parse(line) as {
    known: boolean
    unknown: string[] | null
    errors: string[] | null
  }
  // Fields that cannot be decoded are told before anything is validated.
  const messages = unknown?.length ? unknown.map(u => `strict decoding error: unknown field "${u}"`) : (errors ?? [])
  return { known, messages: messages.sort() }
}
