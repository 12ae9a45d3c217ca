// Secrets and ConfigMaps (kubernetes, pkg/apis/core/validation). What a Secret holds is in no message.
import type { ConfigMap, Secret } from '../../model/kinds.ts'
import { type Fault, invalid, required, tooLong } from '../fault.ts'
import { isConfigKey, isDns1123Subdomain } from '../names.ts'
import { child, mapKey, type Path, stepsOf } from '../path.ts'
import { isObject } from '../shape.ts'
import type { BuiltIn } from './kind.ts'

const MAX_SIZE = 1024 * 1024

export const secret: BuiltIn = {
  nameProblems: isDns1123Subdomain,
  complete: object => {
    const own = object as Secret
    own.type ||= 'Opaque'
    if (own.stringData === undefined) return
    const added = Object.entries(own.stringData).map(([key, text]) => [key, base64(text)] as const)
    // What cannot be decoded is refused, though something else would take its place.
    const broken = Object.entries(own.data ?? {}).filter(([, text]) => illegalBase64At(text) !== undefined)
    own.data = { ...own.data, ...Object.fromEntries([...added, ...broken]) }
    delete own.stringData
  },
  check: object => {
    const { data = {}, type = '', metadata } = object as Secret
    const path = child(undefined, 'data')
    const faults = [...checkKeys(data, path), ...checkBase64(data, path), ...checkSize(Object.values(data), 0.75, path)]
    for (const key of REQUIRED_KEYS[type] ?? []) {
      if (!Object.hasOwn(data, key)) faults.push(required(mapKey(path, key)))
    }
    if (type === 'kubernetes.io/basic-auth' && data.username === undefined && data.password === undefined) {
      faults.push(required(mapKey(path, 'username')), required(mapKey(path, 'password')))
    }
    if (type === 'kubernetes.io/ssh-auth' && !data['ssh-privatekey'])
      faults.push(required(mapKey(path, 'ssh-privatekey')))
    if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[ACCOUNT]) {
      faults.push(required(mapKey(child(child(undefined, 'metadata'), 'annotations'), ACCOUNT)))
    }
    const json = JSON_KEYS[type]
    const text = json && data[json]
    if (json && text !== undefined && !isJsonObject(text)) {
      // Not in the words of a JSON decoder: they would show some of it.
      faults.push(invalid(mapKey(path, json), '<secret contents redacted>', 'must be a JSON object'))
    }
    return faults
  },
}

const REQUIRED_KEYS: Partial<Record<string, string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
}

const JSON_KEYS: Partial<Record<string, string>> = {
  'kubernetes.io/dockercfg': '.dockercfg',
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
}
const ACCOUNT = 'kubernetes.io/service-account.name'

const isJsonObject = (encoded: string): boolean => {
  if (illegalBase64At(encoded) !== undefined) return true
  try {
    const bytes = Uint8Array.from(atob(encoded), c => c.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return value === null || isObject(value)
  } catch {
    return false
  }
}

export const configMap: BuiltIn = {
  nameProblems: isDns1123Subdomain,
  complete: () => {},
  check: object => {
    const { data = {}, binaryData = {} } = object as ConfigMap
    const at = child(undefined, 'data')
    const binary = child(undefined, 'binaryData')
    const both = Object.keys(data).filter(key => Object.hasOwn(binaryData, key))
    return [
      ...checkKeys(data, at),
      ...both.map(key => invalid(mapKey(at, key), key, 'duplicate of key present in binaryData')),
      ...checkKeys(binaryData, binary),
      ...checkBase64(binaryData, binary),
      ...checkSize(Object.values(data), 1, at),
      ...checkSize(Object.values(binaryData), 0.75, binary),
    ]
  },
}

const base64 = (text: string): string => {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}

const checkKeys = (data: Record<string, string>, path: Path): Fault[] =>
  Object.keys(data).flatMap(key => isConfigKey(key).map(problem => invalid(mapKey(path, key), key, problem)))

const checkBase64 = (data: Record<string, string>, path: Path): Fault[] =>
  Object.entries(data).flatMap(([key, text]) => {
    const at = illegalBase64At(text)
    if (at === undefined) return []
    const message = `illegal base64 data at input byte ${at}`
    return [{ steps: stepsOf(mapKey(path, key)), isBlocking: true, message }]
  })

const DIGIT = /[A-Za-z0-9+/]/
const isBreak = (char: string | undefined): boolean => char === '\n' || char === '\r'

/** Where Go's decoder stops (encoding/base64, decodeQuantum): it skips line breaks and insists on padding. */
const illegalBase64At = (text: string): number | undefined => {
  let digits = 0
  let at = 0
  const skipBreaks = (): void => {
    while (isBreak(text[at])) at++
  }
  for (; at < text.length; at++) {
    const char = text[at]!
    if (isBreak(char)) continue
    if (DIGIT.test(char)) {
      digits++
      continue
    }
    const missing = (4 - (digits % 4)) % 4
    if (char !== '=' || missing === 0 || missing === 3) return at
    at++
    if (missing === 2) {
      skipBreaks()
      if (at === text.length) return at
      if (text[at] !== '=') return at - 1
      at++
    }
    skipBreaks()
    return at < text.length ? at : undefined
  }
  return digits % 4 === 0 ? undefined : at - (digits % 4)
}

const checkSize = (values: readonly string[], bytesPerCharacter: number, path: Path): Fault[] => {
  const size = values.reduce((sum, v) => sum + v.length, 0) * bytesPerCharacter
  return size > MAX_SIZE ? [tooLong(path, MAX_SIZE)] : []
}
