// The messages of delta ADS as gRPC carries them. Requests are read through the schema; responses, which can be megabytes
// of bytes that are encoded already, are put together field by field.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { typeUrl } from '../../envoy/schema/any.ts'
import type { DeltaDiscoveryRequest } from '../../envoy/schema/envoy.gen.ts'
import { decodeJson } from '../../envoy/schema/registry.ts'
import { messageNames } from './encode.ts'
import { type XdsType, xdsTypes } from './resource.ts'

export interface DeltaResponse {
  type: XdsType
  nonce: string
  resources: readonly { name: string; version: string; bytes: Uint8Array }[]
  removed: readonly string[]
}

export const decodeRequest = (bytes: Uint8Array): DeltaDiscoveryRequest =>
  decodeJson('envoy.service.discovery.v3.DeltaDiscoveryRequest', bytes)

/** Why Envoy rejects a response; undefined where it does not. Without the copy of the resource that it may put in front. */
export const reasonOf = ({ errorDetail }: DeltaDiscoveryRequest): string | undefined => {
  if (!errorDetail) return undefined
  const { message = '' } = errorDetail
  const start = message.lastIndexOf('Proto constraint validation failed')
  return message.slice(Math.max(start, 0)).trim().slice(0, LONGEST_REASON)
}

const LONGEST_REASON = 2_000

export const typeOfUrl = (url: string | undefined): XdsType | undefined => byUrl.get(url ?? '')

const byUrl = new Map(xdsTypes.map(type => [typeUrl(messageNames[type]), type]))

/** Field numbers of envoy.service.discovery.v3.DeltaDiscoveryResponse and Resource, and of google.protobuf.Any. */
const RESPONSE = { resources: 2, typeUrl: 4, nonce: 5, removedResources: 6 }
const RESOURCE = { version: 1, resource: 2, name: 3 }
const ANY = { typeUrl: 1, value: 2 }

export const encodeResponse = ({ type, nonce, resources, removed }: DeltaResponse): Buffer => {
  const url = typeUrl(messageNames[type])
  const writer = new BinaryWriter()
  for (const { name, version, bytes } of resources) {
    field(writer, RESPONSE.resources).fork()
    field(writer, RESOURCE.version).string(version)
    field(writer, RESOURCE.resource).fork()
    field(writer, ANY.typeUrl).string(url)
    field(writer, ANY.value).bytes(bytes)
    writer.join()
    field(writer, RESOURCE.name).string(name)
    writer.join()
  }
  field(writer, RESPONSE.typeUrl).string(url)
  field(writer, RESPONSE.nonce).string(nonce)
  for (const name of removed) field(writer, RESPONSE.removedResources).string(name)
  return Buffer.from(writer.finish())
}

const field = (writer: BinaryWriter, number: number): BinaryWriter => writer.tag(number, WireType.LengthDelimited)
