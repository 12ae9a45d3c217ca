// A module as an OCI image, as Istio and Envoy Gateway pull Wasm: bytes in, the blobs of an image layout out. No Docker, no
// times, so that equal modules give equal images.
// https://github.com/solo-io/wasm/blob/master/spec/spec-compat.md (the "compat" variant: one tar.gz layer with plugin.wasm)
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

export interface Image {
  /** The manifest's descriptor, for `index.json`. */
  descriptor: Descriptor
  /** By hex digest. */
  blobs: ReadonlyMap<string, Uint8Array>
}

export interface Descriptor {
  mediaType: string
  digest: string
  size: number
  annotations?: Record<string, string>
}

export const LAYOUT = '{"imageLayoutVersion":"1.0.0"}'

export function imageOf(name: string, version: string, module: Uint8Array): Image {
  const blobs = new Map<string, Uint8Array>()
  const blob = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const hex = sha256(bytes)
    blobs.set(hex, bytes)
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
  }
  const tar = tarOf('plugin.wasm', module)
  const layer = blob('application/vnd.oci.image.layer.v1.tar+gzip', gzip(tar))
  const config = blob(
    'application/vnd.oci.image.config.v1+json',
    json({
      architecture: 'wasm',
      os: 'wasip1',
      config: {},
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(tar)}`] },
    }),
  )
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [layer],
    annotations: { 'org.opencontainers.image.title': name, 'org.opencontainers.image.version': version },
  })
  const descriptor = blob('application/vnd.oci.image.manifest.v1+json', manifest)
  const annotations = { 'org.opencontainers.image.ref.name': referenceOf(name, version) }
  return { descriptor: { ...descriptor, annotations }, blobs }
}

/** The image's name in the layout. It holds no colon: `oras` takes what follows the last one of `dist/oci:NAME` for the name. */
export const referenceOf = (name: string, version: string): string => `${name}-${version}`

export const indexOf = (images: readonly Image[]): Uint8Array =>
  json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: images.map(({ descriptor }) => descriptor),
  })

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value))

/** The header names no system: zlib would write the one that it runs on. */
function gzip(bytes: Uint8Array): Uint8Array {
  const zipped = gzipSync(bytes, { level: 9 })
  zipped[9] = 0xff
  return zipped
}

/** One file in the ustar format (POSIX.1-1988), of nobody, from 1970. */
function tarOf(name: string, bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512)
  return Buffer.concat([header, bytes, padding, Buffer.alloc(1024)])
}
