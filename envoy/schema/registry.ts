// The schema of Envoy's API at run time: JSON in Envoy's own words to bytes on the wire and back.
import { gunzipSync } from 'node:zlib'
import {
  createFileRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { descriptors } from './descriptors.gen.ts'
import type { Messages } from './envoy.gen.ts'

export const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, gunzipSync(Buffer.from(descriptors, 'base64'))),
)

/** The message of that full name; one that is not listed in `roots.ts` nor referred to from there is a bug. */
export const messageOf = (fullName: string): DescMessage => {
  const message = registry.getMessage(fullName)
  if (!message) throw new Error(`${fullName} is not in the schema: add it to envoy/schema/roots.ts`)
  return message
}

/** JSON in Envoy's words to bytes. Throws where a field or a value is not one of the schema. */
export const encodeJson = <Name extends keyof Messages>(
  fullName: Name,
  json: Messages[Name],
): Uint8Array<ArrayBuffer> => {
  const type = messageOf(fullName)
  return toBinary(type, fromJson(type, json as JsonValue, { registry }))
}

export const decodeJson = <Name extends keyof Messages>(fullName: Name, bytes: Uint8Array): Messages[Name] => {
  const type = messageOf(fullName)
  return toJson(type, fromBinary(type, bytes), { registry }) as Messages[Name]
}
