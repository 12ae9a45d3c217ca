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
  let statuses: readonly ObjectStatus[] = []
  const faulty = new Map<ObjectKey, string>()

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

  const tell = (status: ObjectStatus, snapshot: Snapshot) => {
    const fault = faultsOf(status).join('; ')
    const name = nameOf(status)
    if (fault === '') {
      if (faulty.delete(status.key)) log.info(`${name} is good again`)
      return
    }
    if (faulty.get(status.key) === fault) return
    faulty.set(status.key, fault)
    const at = snapshot.locationOf(status.key)
    log.warn(`${at ? `${at.file}:${at.line}: ` : ''}${name}: ${fault}`)
  }

  /** An object that has nothing new to say has the status that it had. */
  const tellStatuses = (now: readonly ObjectStatus[], snapshot: Snapshot) => {
    const isSettled = now.length === statuses.length && now.every((status, at) => isOfSame(status, statuses[at]!))
    const told = isSettled ? undefined : new Set(statuses)
    for (const [at, status] of now.entries()) {
      if (told ? told.has(status) : statuses[at] === status) continue
      tell(status, snapshot)
    }
    statuses = now
    if (isSettled || faulty.size === 0) return
    const keys = new Set(now.map(({ key }) => key))
    for (const key of faulty.keys()) if (!keys.has(key)) faulty.delete(key)
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

const isOfSame = (a: ObjectStatus, b: ObjectStatus): boolean => a === b || a.key === b.key

const nameOf = ({ object: { kind, metadata } }: ObjectStatus): string =>
  `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`
