// The two plugins of the module as Envoy extension configurations.
import { packAny } from '../../envoy/schema/any.ts'
import type { TypedExtensionConfig } from '../../envoy/schema/envoy.gen.ts'
import { DOWNSTREAM_FILTER, DOWNSTREAM_ROOT, UPSTREAM_FILTER, UPSTREAM_ROOT, VM_ID } from '../../filters/suite/names.ts'

/** `module` is a path as Envoy sees it. */
export const plugins = (module: string): [TypedExtensionConfig, TypedExtensionConfig] => [
  plugin(DOWNSTREAM_FILTER, DOWNSTREAM_ROOT, module),
  plugin(UPSTREAM_FILTER, UPSTREAM_ROOT, module),
]

const plugin = (name: string, rootId: string, module: string): TypedExtensionConfig => ({
  name,
  typedConfig: packAny('envoy.extensions.filters.http.wasm.v3.Wasm', {
    config: {
      name,
      rootId,
      // The module never traps; should it, the next request finds a fresh VM.
      failurePolicy: 'FAIL_RELOAD',
      // One VM a worker for both: counters live in its shared data.
      vmConfig: {
        vmId: VM_ID,
        runtime: 'envoy.wasm.runtime.v8',
        code: { local: { filename: module } },
      },
    },
  }),
})
