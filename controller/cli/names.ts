// Names that users may rely on (CONTRACT: `sluice run DIR`).

/** The proxy of directory mode: one Envoy carries all Gateways. */
export const PROXY = 'sluice'
/** The class that exists where a folder has none. */
export const IMPLICIT_CLASS = 'sluice'
export const DEFAULT_CONTROLLER_NAME = 'sluice.dev/gateway-controller'
