// Envoy's connection manager as these tests need it.

/** Big heads are let through, so that the filters see them; requests that never end do not hold the test up. */
export const manager = {
  max_request_headers_kb: 512,
  request_headers_timeout: '3s',
  stream_idle_timeout: '3s',
  delayed_close_timeout: '0.1s',
}
