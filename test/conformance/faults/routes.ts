// The routes of the fault tests, as objects: those that exist throughout, those that come and go, and the one whose
// way to the Envoy shows that all has converged. Each adds a header that the echoed request shows.
import type { KubeObject } from '../../../controller/model/object.ts'

export const NAMESPACE = 'faults'
export const GATEWAY = 'web'
/** That exist throughout. */
export const ROUTES = 20

export const hostOf = (n: number | string): string => `r${n}.example`
export const routeHeader = (n: number | string): string => `route-${n}`

export const routeFor = (n: number | string): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: `r${n}`, namespace: NAMESPACE },
  spec: {
    parentRefs: [{ name: GATEWAY }],
    hostnames: [hostOf(n)],
    rules: [
      {
        filters: [
          { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-r', value: routeHeader(n) }] } },
        ],
        backendRefs: [{ name: 'echo', port: 80 }],
      },
    ],
  },
})

const labels = { app: 'echo' }
const containerFields = [
  { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
]

/** A Gateway, two pods that echo what they are asked, the routes. */
export const world = (gatewayClassName: string): object[] => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'echo', namespace: NAMESPACE },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'echo',
              image: 'echo-basic',
              env: containerFields,
              readinessProbe: { httpGet: { path: '/', port: 3000 }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'echo', namespace: NAMESPACE },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 3000 }] },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: GATEWAY, namespace: NAMESPACE },
    spec: { gatewayClassName, listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] },
  },
  ...Array.from({ length: ROUTES }, (_, n) => routeFor(n)),
]
