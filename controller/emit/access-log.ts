// One JSON line on standard output: of a request, with what our filters decided, or of a connection that is passed on.
import { packAny } from '../../envoy/schema/any.ts'
import type { AccessLog } from '../../envoy/schema/envoy.gen.ts'
import { DECISION_FORMAT } from '../../filters/suite/names.ts'

export const stdoutAccessLog: AccessLog = {
  name: 'envoy.access_loggers.stdout',
  typedConfig: packAny('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    logFormat: {
      // Fields without a value are left out of the line.
      omitEmptyValues: true,
      jsonFormat: {
        time: '%START_TIME%',
        client: '%DOWNSTREAM_REMOTE_ADDRESS%',
        method: '%REQ(:METHOD)%',
        host: '%REQ(:AUTHORITY)%',
        path: '%PATH(WQ:ORIG)%',
        protocol: '%PROTOCOL%',
        status: '%RESPONSE_CODE%',
        flags: '%RESPONSE_FLAGS%',
        details: '%RESPONSE_CODE_DETAILS%',
        ms: '%DURATION%',
        received: '%BYTES_RECEIVED%',
        sent: '%BYTES_SENT%',
        backend: '%UPSTREAM_CLUSTER_RAW%',
        endpoint: '%UPSTREAM_HOST%',
        route: '%ROUTE_NAME%',
        id: '%REQ(X-REQUEST-ID)%',
        sluice: DECISION_FORMAT,
      },
    },
  }),
}

export const streamAccessLog: AccessLog = {
  name: 'envoy.access_loggers.stdout',
  typedConfig: packAny('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    logFormat: {
      omitEmptyValues: true,
      jsonFormat: {
        time: '%START_TIME%',
        client: '%DOWNSTREAM_REMOTE_ADDRESS%',
        host: '%REQUESTED_SERVER_NAME%',
        flags: '%RESPONSE_FLAGS%',
        details: '%CONNECTION_TERMINATION_DETAILS%',
        ms: '%DURATION%',
        received: '%BYTES_RECEIVED%',
        sent: '%BYTES_SENT%',
        backend: '%UPSTREAM_CLUSTER_RAW%',
        endpoint: '%UPSTREAM_HOST%',
        chain: '%FILTER_CHAIN_NAME%',
      },
    },
  }),
}
