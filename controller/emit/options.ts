// What emit takes beside the IR: how Envoy is run and where things lie on its disk.

export interface EmitOptions {
  /** Path of `suite.wasm` as Envoy sees it. */
  module: string
  /** Off where two processes on one machine must not share a port silently (standalone, tests). */
  reusePort: boolean
  accessLog: 'Stdout' | 'None'
  /** PEM bundle of the machine's certificate authorities, as Envoy sees it. */
  systemCertificates: string
}
