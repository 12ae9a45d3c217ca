// What a person should be told as it happens: refused objects with their place, objects whose conditions turned bad or good
// again, what was passed over. In: translations. Out: log lines, each said once.
import type { Outcome } from '../app.ts'
import type { ObjectKey } from '../model/object.ts'
import type { Logger } from '../observe/log.ts'
import type { Ignored } from '../sources/directory.ts'
import type { Snapshot } from '../store/snapshot.ts'
import type { ObjectStatus } from '../translate/status.ts'
import { faultsOf } from './faults.ts'

export interface Notices {
  take(outcome: Outcome): void
  ignored(ignored: Ignored): void
}

export function createNotices(log: Logger): Notices {
  let refusals: Snapshot['refusals'] = []
  let faulty = new Map<ObjectKey, string>()
  const known = new WeakMap<ObjectStatus, string>()

  const tellRefusals = (snapshot: Snapshot) => {
    if (snapshot.refusals === refusals) return
    const before = new Set(refusals)
    for (const refusal of snapshot.refusals) {
      if (before.has(refusal)) continue
      const { file, line, column } = refusal.at
      log.error(`${file}:${line}:${column}: ${refusal.message}`)
    }
    refusals = snapshot.refusals
  }

  const faultOf = (status: ObjectStatus): string => {
    const fault = known.get(status) ?? faultsOf(status).join('; ')
    known.set(status, fault)
    return fault
  }

  const tellStatuses = (statuses: readonly ObjectStatus[], snapshot: Snapshot) => {
    const now = new Map<ObjectKey, string>()
    for (const status of statuses) {
      const fault = faultOf(status)
      const name = nameOf(status)
      if (fault === '') {
        if (faulty.has(status.key)) log.info(`${name} is good again`)
        continue
      }
      now.set(status.key, fault)
      if (faulty.get(status.key) === fault) continue
      const at = snapshot.locationOf(status.key)
      log.warn(`${at ? `${at.file}:${at.line}: ` : ''}${name}: ${fault}`)
    }
    faulty = now
  }

  return {
    take: ({ snapshot, translation }) => {
      tellRefusals(snapshot)
      tellStatuses(translation.statuses, snapshot)
    },
    ignored: ignored => {
      const kinds = Object.entries({ ...ignored.builtIn, ...ignored.foreign }).map(
        ([kind, count]) => `${count} ${kind}`,
      )
      if (kinds.length > 0) log.info(ignored, `passed over, of no use here: ${kinds.join(', ')}`)
    },
  }
}

const nameOf = ({ object: { kind, metadata } }: ObjectStatus): string =>
  `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`
