// An IR redirect in, Envoy's redirect actions out: one, or two where the port of the request's Host must not stay.
import type { RedirectAction, RegexMatchAndSubstitute } from '../../envoy/schema/envoy.gen.ts'
import type { Redirect } from '../ir/ir.ts'

export interface RedirectVariant {
  /** Whether it is for requests whose Host names a port, only. */
  forHostsWithPort: boolean
  action: RedirectAction
}

const CODES = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
} as const

/**
 * A scheme's own port SHOULD NOT be in the Location (HTTPRequestRedirectFilter.port), but where the request's Host
 * carries another one (a mapped port) Envoy would keep that, so there the port is written out.
 */
export const redirectVariants = (redirect: Redirect): RedirectVariant[] => {
  const action: RedirectAction = {
    schemeRedirect: redirect.scheme,
    ...(redirect.host ? { hostRedirect: redirect.host } : {}),
    ...pathAction(redirect.path),
    responseCode: CODES[redirect.status],
  }
  const explicit = { ...action, portRedirect: redirect.port }
  if (redirect.port !== (redirect.scheme === 'https' ? 443 : 80)) return [{ forHostsWithPort: false, action: explicit }]
  if (redirect.host) return [{ forHostsWithPort: false, action }]
  return [
    { forHostsWithPort: true, action: explicit },
    { forHostsWithPort: false, action },
  ]
}

const pathAction = (path: Redirect['path']): RedirectAction => {
  if (!path) return {}
  if (path.type === 'ReplaceFullPath') return { pathRedirect: path.value }
  const { prefix, value } = path
  // The prefix `/` takes its slash away with it.
  if (prefix === '/') return { prefixRewrite: value === '/' ? '/' : `${value}/` }
  // So does the replacement `/`, which would leave two.
  if (value === '/') return { regexRewrite: withoutPrefix(prefix) }
  return { prefixRewrite: value }
}

const withoutPrefix = (prefix: string): RegexMatchAndSubstitute => ({
  pattern: { regex: `^${prefix.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}/*` },
  substitution: '/',
})
