// The functions that CEL rules of the kinds we serve call: CEL's own, its string extensions, and of Kubernetes' library
// (apiserver, cel/library) those that occur. A test looks for functions that a newer CRD would add.
// In: the text of a rule. Out: a program, compiled once.
import {
  type CelInput,
  CelScalar,
  type CelValue,
  celEnv,
  celFunc,
  celMethod,
  isCelError,
  listType,
  parse,
  plan,
} from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'
import { isIPv4, isIPv6 } from '../format.ts'
import { isDns1123Label } from '../names.ts'
import { matcher } from '../regex.ts'

export interface Variables {
  self: CelInput
  oldSelf?: CelInput
}

/** Errors are in the words of cel-go. */
export type Result = { ok: true; value: CelValue } | { ok: false; error: string }
export type Program = (variables: Variables) => Result

const { BOOL, DYN, STRING } = CelScalar
const LIST = listType(DYN)

const isIP = celFunc('isIP', [STRING], BOOL, text => isIPv4(text) || isIPv6(text))

/** A format is its list of problems. `validate` never equals `null`: in cel-go it is an optional, which is none. */
const dns1123Label = celFunc('format.dns1123Label', [], STRING, () => 'dns1123Label')
const validate = celMethod('validate', STRING, [STRING], LIST, text => isDns1123Label(text))

/** `oldSelf` of a rule with `optionalOldSelf`: a list of one, or of none. */
const hasValue = celMethod('hasValue', LIST, [], BOOL, function () {
  return this.size > 0
})
const value = celMethod('value', LIST, [], DYN, function () {
  const first = this.get(0)
  if (first === undefined) throw new Error('optional.none() dereference')
  return first
})
const orValue = celMethod('orValue', LIST, [DYN], DYN, function (other) {
  return this.get(0) ?? other
})

const environment = celEnv({
  funcs: [...strings, isIP, dns1123Label, validate, hasValue, value, orValue],
  re2: { compile: pattern => ({ test: matcher(pattern) }) },
})

const programs = new Map<string, Program>()

export const compile = (rule: string): Program => {
  let program = programs.get(rule)
  if (program === undefined) {
    const run = plan(environment, parse(rule))
    program = variables => {
      const result = run({ ...variables })
      return isCelError(result) ? { ok: false, error: inCelGo(result.message) } : { ok: true, value: result }
    }
    programs.set(rule, program)
  }
  return program
}

const inCelGo = (message: string): string => {
  const key = /^field not found: (.*)$/.exec(message)
  if (key) return `no such key: ${key[1]}`
  if (message.startsWith('found no matching overload')) return 'no such overload'
  if (message.startsWith('Failed to parse duration')) {
    return "type conversion error from 'string' to 'google.protobuf.Duration'"
  }
  const index = /^index (\S+) out of bounds/.exec(message)
  if (index) return `index out of bounds: ${index[1]}`
  return message === 'int divide by zero' ? 'division by zero' : message
}
