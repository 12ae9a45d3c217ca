// The plugins of the suite as Envoy extension configurations.
import { packAny } from '../../envoy/schema/any.ts'
import type { TypedExtensionConfig } from '../../envoy/schema/envoy.gen.ts'
import { VM_ID } from '../../filters/suite/names.ts'
import { moduleOf, PLUGINS, type Plugin } from '../../filters/suite/plugins.ts'

/** `suite` is the path of `suite.wasm` as Envoy sees it; the plugins' modules lie beside it. */
export const plugins = (suite: string): TypedExtensionConfig[] => PLUGINS.map(plugin => extension(plugin, suite))

const extension = (plugin: Plugin, suite: string): TypedExtensionConfig => ({
  name: plugin.name,
  typedConfig: packAny('envoy.extensions.filters.http.wasm.v3.Wasm', {
    config: {
      name: plugin.name,
      rootId: plugin.rootId,
      // The module never traps; should it, the next request finds a fresh VM.
      failurePolicy: 'FAIL_RELOAD',
      // A VM a worker for each, as their modules differ; counters live in the shared data of the id.
      vmConfig: {
        vmId: VM_ID,
        runtime: 'envoy.wasm.runtime.v8',
        code: { local: { filename: moduleOf(suite, plugin) } },
      },
    },
  }),
})
