// The least module that Envoy's Wasm filter loads, so that bootstraps can be validated before the real one is built:
//   (module (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
//     (func (export "malloc") (param i32) (result i32) (i32.const 0)))
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SUITE_MODULE } from '../../filters/suite/names.ts'
import { moduleOf, PLUGINS } from '../../filters/suite/plugins.ts'

const emptyModule = Buffer.from(
  'AGFzbQEAAAABCQJgAABgAX8BfwMDAgABBQMBAAEHLQMGbWVtb3J5AgAXcHJveHlfYWJpX3ZlcnNpb25fMF8yXzEAAAZtYWxsb2MAAQoJAgIACwQAQQAL',
  'base64',
)

/** The suite and the modules of its plugins in a folder, all of them empty; the path of the suite. */
export function writeEmptyModules(folder: string): string {
  const suite = join(folder, SUITE_MODULE)
  for (const file of [suite, ...PLUGINS.map(plugin => moduleOf(suite, plugin))]) writeFileSync(file, emptyModule)
  return suite
}
