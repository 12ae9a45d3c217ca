// Objects of the kinds of Kubernetes itself that routes, certificates and endpoints come from, to mutate: each of them
// is accepted, and between them they use every field that our rules look at.
import type { Json } from '../manifests.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const service = (spec: Json, name = 'service'): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec,
})

const slice = (rest: Json): Json => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'slice', labels: { 'kubernetes.io/service-name': 'service' } },
  ...rest,
})

const secret = (rest: Json): Json => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'secret' }, ...rest })

const configMap = (rest: Json): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'config' },
  ...rest,
})

export const BUILT_IN: readonly Json[] = [
  service({ selector: { app: 'a' }, ports: [{ port: 80 }] }),
  service({
    type: 'ClusterIP',
    ports: [
      { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
      { name: 'dns', port: 53, targetPort: 'dns', protocol: 'UDP' },
    ],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
  }),
  service({ clusterIP: 'None', selector: { app: 'a' } }),
  service({ clusterIP: 'None', ports: [{ port: 80, targetPort: 'http' }], publishNotReadyAddresses: true }),
  service({ type: 'ExternalName', externalName: 'example.com' }),
  service({ type: 'ExternalName', externalName: 'example.com', ports: [{ port: 80, name: 'a' }] }),
  service({
    type: 'LoadBalancer',
    ports: [{ port: 80, nodePort: 30080 }],
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Cluster',
    allocateLoadBalancerNodePorts: true,
    loadBalancerSourceRanges: ['10.0.0.0/8'],
    ipFamilyPolicy: 'SingleStack',
    ipFamilies: ['IPv4'],
    externalIPs: ['192.0.2.1'],
    trafficDistribution: 'PreferClose',
    loadBalancerClass: 'a.b/c',
  }),
  service({ type: 'NodePort', ports: [{ port: 80 }] }),
  slice({
    addressType: 'IPv4',
    ports: [
      { name: 'http', port: 80, protocol: 'TCP', appProtocol: 'http' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
    endpoints: [
      {
        addresses: ['10.1.2.3'],
        conditions: { ready: true, serving: true, terminating: false },
        hostname: 'a',
        nodeName: 'node',
        zone: 'zone',
        targetRef: { kind: 'Pod', name: 'a', namespace: 'default' },
        hints: { forZones: [{ name: 'zone' }] },
      },
      { addresses: ['10.1.2.4'], deprecatedTopology: { a: 'b' } },
    ],
  }),
  slice({ addressType: 'IPv6', ports: [{ port: 80 }], endpoints: [{ addresses: ['2001:db8::1'] }] }),
  slice({ addressType: 'FQDN', ports: [{ port: 80 }], endpoints: [{ addresses: ['a.example.com'] }] }),
  slice({ addressType: 'IPv4', endpoints: [] }),
  secret({ type: 'Opaque', data: { a: base64('b'), 'b.c': '' }, stringData: { d: 'e' }, immutable: true }),
  secret({ type: 'kubernetes.io/tls', data: { 'tls.crt': base64('c'), 'tls.key': base64('k') } }),
  secret({ type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'c', 'tls.key': 'k' } }),
  secret({ type: 'kubernetes.io/basic-auth', stringData: { username: 'a', password: 'b' } }),
  secret({ type: 'kubernetes.io/ssh-auth', stringData: { 'ssh-privatekey': 'a' } }),
  secret({ type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{"auths":{}}' } }),
  secret({ type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': '{}' } }),
  configMap({ data: { 'ca.crt': 'a', b: 'c' }, binaryData: { d: base64('e') }, immutable: false }),
  configMap({}),
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team', labels: { a: 'b' } } },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team', annotations: { 'example.com/a': 'b' } },
    spec: { finalizers: ['kubernetes'] },
  },
]

/** What such objects hold, wherever it fits or does not. */
export const WORDS: readonly string[] = [
  ...['TCP', 'UDP', 'SCTP', 'tcp', 'ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName', 'None', 'Local', 'Cluster'],
  ...['IPv4', 'IPv6', 'FQDN', '10.1.2.3', '010.1.2.3', '127.0.0.1', '::1', 'fe80::1', '0.0.0.0', '169.254.1.1'],
  ...[
    '224.0.0.1',
    '::ffff:1.2.3.4',
    '10.0.0.0/8',
    '10.96.0.7',
    'Opaque',
    'kubernetes.io/tls',
    'kubernetes.io/basic-auth',
  ],
  ...['kubernetes.io/service-account-token', 'kubernetes.io/dockerconfigjson', 'bootstrap.kubernetes.io/token'],
  ...['YQ==', 'YQ', 'Y Q==', 'YWI=\n', '{"a":', 'SingleStack', 'RequireDualStack', 'ClientIP', 'PreferClose'],
  ...[
    'a--b',
    '-a',
    'a-',
    '1a',
    'a_b',
    'a.b/c',
    'a/b/c',
    '/a',
    'kubernetes.io/h2c',
    'kubernetes.io/other',
    'a'.repeat(16),
  ],
  ...['a'.repeat(64), 'a'.repeat(254), '..', '..a', 'A.B', 'http', '80', 'Service'],
]

/** Names that such objects have for their fields, and some of nobody. */
export const FIELDS: readonly string[] = [
  ...['port', 'targetPort', 'protocol', 'appProtocol', 'nodePort', 'type', 'clusterIP', 'clusterIPs', 'externalName'],
  ...['externalTrafficPolicy', 'healthCheckNodePort', 'selector', 'data', 'stringData', 'binaryData', 'immutable'],
  ...['endpoints', 'addresses', 'conditions', 'ready', 'hostname', 'tls.crt', 'tls.key', 'ipFamilies', 'labels'],
  ...['annotations', 'finalizers', 'generateName', 'zone', 'hints', 'a b', 'a/b/c', 'A', '__proto__', 'status'],
]
