// Which features of Envoy's own stand in for our filters in some resources. In: resources as JSON, in either spelling
// (the emitter's camelCase, snake_case of a config_dump). Out: where a native equivalent of header modification, URL
// rewrite or mirroring stands; nothing, when the filters do it all. A redirect has a rewrite of its own: no filter's.

const NAMES = new Set([
  'request_headers_to_add',
  'request_headers_to_remove',
  'response_headers_to_add',
  'response_headers_to_remove',
  'request_mirror_policies',
  'prefix_rewrite',
  'regex_rewrite',
  'path_rewrite',
  'path_rewrite_policy',
  'host_rewrite',
  'host_rewrite_literal',
  'host_rewrite_header',
  'host_rewrite_path_regex',
  'auto_host_rewrite',
])
const EXTENSION = /header_mutation|HeaderMutation|uri_template|early_header_mutation|\.lua\./
const PLAN = 'sluice.dev/plan'

export interface Found {
  /** As `virtual_hosts.0.routes.1.route.prefix_rewrite`. */
  native: string[]
  /** Routes that carry a plan of ours. */
  plans: number
}

export const nativeEquivalents = (resources: unknown): Found => {
  const found: Found = { native: [], plans: 0 }
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      const name = snake(key)
      const here = [...path, name]
      if (key === PLAN) found.plans++
      else if (isNative(name, inner, path)) found.native.push(here.join('.'))
      visit(inner, here)
    }
  }
  visit(resources, [])
  return found
}

const isNative = (name: string, value: unknown, path: readonly string[]): boolean =>
  name === '@type' ? EXTENSION.test(String(value)) : NAMES.has(name) && !isEmpty(value) && path.at(-1) !== 'redirect'

const isEmpty = (value: unknown): boolean => value === false || (Array.isArray(value) && value.length === 0)

const snake = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
