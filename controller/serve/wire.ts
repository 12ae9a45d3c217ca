// The messages of delta ADS as gRPC carries them. Requests are read through the schema; responses, which can be megabytes
// of bytes that are encoded already, are put together field by field and copied once.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { typeUrl } from '../../envoy/schema/any.ts'
import type { DeltaDiscoveryRequest } from '../../envoy/schema/envoy.gen.ts'
import { decodeJson } from '../../envoy/schema/registry.ts'
import { messageNames } from './encode.ts'
import { type XdsType, xdsTypes } from './resource.ts'

export interface DeltaResponse {
  type: XdsType
  nonce: string
  resources: readonly { name: string; version: string; bytes: readonly Uint8Array[] }[]
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
  const url = text(typeUrl(messageNames[type]))
  const pieces: Uint8Array[] = []
  for (const { name, version, bytes } of resources) {
    const any = [...field(ANY.typeUrl, [url]), ...field(ANY.value, bytes)]
    const resource = [
      ...field(RESOURCE.version, [text(version)]),
      ...field(RESOURCE.resource, any),
      ...field(RESOURCE.name, [text(name)]),
    ]
    // One by one: there may be more than a call takes as arguments.
    for (const piece of field(RESPONSE.resources, resource)) pieces.push(piece)
  }
  pieces.push(...field(RESPONSE.typeUrl, [url]), ...field(RESPONSE.nonce, [text(nonce)]))
  for (const name of removed) for (const piece of field(RESPONSE.removedResources, [text(name)])) pieces.push(piece)
  return Buffer.concat(pieces)
}

const text = (value: string): Uint8Array => Buffer.from(value)

/** A field that holds a text, bytes or a message: its tag and its length, then what it holds. */
const field = (number: number, content: readonly Uint8Array[]): Uint8Array[] => {
  const length = content.reduce((sum, piece) => sum + piece.length, 0)
  const head = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(length).finish()
  return [head, ...content]
}
