// Who an Envoy is. In: the ServiceAccount of a Gateway. Out: a token that is good for our xDS server only (its audience
// is no API server's), renewed at half its life; and, on the other side, whether a token that was shown is one.
import type { ApiClient } from '../../sources/kube/api.ts'

export const AUDIENCE = 'sluice.dev/xds'

interface TokenRequest {
  status: { token: string; expirationTimestamp: string }
}

interface TokenReview {
  status?: { authenticated?: boolean; audiences?: string[]; user?: { username?: string } }
}

export interface Tokens {
  /** Undefined when none can be had now. `owner`: a token is of one account, not of the next one of its name. */
  tokenFor(namespace: string, account: string, owner: string): Promise<string | undefined>
  /** Whether the token is of this account. */
  admits(token: string, namespace: string, account: string): Promise<boolean>
}

export const tokensOf = (
  client: ApiClient,
  failed: (error: unknown) => void,
  now: () => number = Date.now,
  lifeSeconds = 3600,
): Tokens => {
  const known = new Map<string, { owner: string; token: string; renewAt: number }>()
  return {
    tokenFor: async (namespace, account, owner) => {
      const key = `${namespace}/${account}`
      const kept = known.get(key)
      const last = kept?.owner === owner ? kept : undefined
      if (last && now() < last.renewAt) return last.token
      try {
        const reply = await client.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
          body: {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenRequest',
            spec: { audiences: [AUDIENCE], expirationSeconds: lifeSeconds },
          },
        })
        const { token, expirationTimestamp } = (reply.body as TokenRequest).status
        known.set(key, { owner, token, renewAt: (now() + Date.parse(expirationTimestamp)) / 2 })
        return token
      } catch (error) {
        failed(error)
        return last?.token
      }
    },
    admits: async (token, namespace, account) => {
      const reply = await client.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          spec: { token, audiences: [AUDIENCE] },
        },
        timeoutMs: 5_000,
      })
      const { authenticated, audiences, user } = (reply.body as TokenReview).status ?? {}
      const isIt = user?.username === `system:serviceaccount:${namespace}:${account}`
      if (authenticated === true && isIt && audiences?.includes(AUDIENCE) === true) return true
      // One of ours that is good no longer: the account was made anew. The next one is asked for.
      const key = `${namespace}/${account}`
      if (known.get(key)?.token === token) known.delete(key)
      return false
    },
  }
}
