// The filters that are compared, by name.
import { headers } from './headers.ts'
import { mirror } from './mirror.ts'
import { mutations } from './mutations.ts'
import { rateLimit } from './rate-limit.ts'
import { regex } from './regex.ts'
import { rewrite } from './rewrite.ts'
import type { Subject } from './subject.ts'

export const SUBJECTS = { headers, mutations, rewrite, regex, mirror, 'rate-limit': rateLimit }

export type SubjectName = keyof typeof SUBJECTS

/** A subject whose configurations only it can read. */
export const subjectOf = (name: SubjectName): Subject<unknown> => SUBJECTS[name] as Subject<unknown>
