// A typed message in, the `Any` that holds it out, in proto-JSON. Pure: usable wherever resources are written.
import type { Any, Messages } from './envoy.gen.ts'

export const typeUrl = (fullName: string): string => `type.googleapis.com/${fullName}`

/** Messages lie flat beside `@type`; well-known types, whose JSON form is no object of their fields, go into `value`. */
export const packAny = <Name extends keyof Messages>(fullName: Name, message: Messages[Name]): Any =>
  fullName.startsWith('google.protobuf.') && fullName !== 'google.protobuf.Empty'
    ? { '@type': typeUrl(fullName), value: message }
    : { '@type': typeUrl(fullName), ...(message as object) }
