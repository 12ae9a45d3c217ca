// An Envoy binary in, what we keep of its schema out: the descriptors that the roots need, and TypeScript for them.
import { closeSync, openSync, readSync } from 'node:fs'
import { create, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { closureOf } from './closure.ts'
import { type ReadAt, readDescriptors } from './descriptors.ts'
import { roots } from './roots.ts'
import { typesSource } from './types.ts'

export interface Schema {
  /** A serialised FileDescriptorSet. */
  descriptors: Uint8Array
  /** Source of `envoy.gen.ts`, without its first comment. */
  types: string
}

export const extractSchema = (binary: string): Schema => {
  const file = openSync(binary, 'r')
  const readAt: ReadAt = (offset, length) => {
    const bytes = new Uint8Array(length)
    if (readSync(file, bytes, 0, length, offset) !== length) throw new Error(`${binary} ends early`)
    return bytes
  }
  try {
    const files = closureOf(readDescriptors(readAt), roots)
    return {
      descriptors: toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: files })),
      types: `${prelude}${typesSource(files, roots)}`,
    }
  } finally {
    closeSync(file)
  }
}

const prelude = `
/** A message of any type: \`@type\` and its fields; well-known types put their value into \`value\`. */
export type Any = { '@type': string; [field: string]: unknown }

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

`
