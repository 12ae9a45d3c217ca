// The mirror job in C: the request's headers, as they are, go to another cluster; nothing becomes of the answer.
#include "proxy.h"
IMPORT(proxy_get_header_map_pairs) uint32_t pairs(uint32_t, char **, size_t *);
IMPORT(proxy_http_call) uint32_t http_call(const char *, size_t, const char *, size_t, const char *, size_t,
                                           const char *, size_t, uint32_t, uint32_t *);
static const uint32_t none;
EXPORT(proxy_on_request_headers) uint32_t on_request(uint32_t id, uint32_t n, uint32_t end) {
  char *headers;
  size_t size;
  uint32_t token;
  used = 0;
  if (pairs(0, &headers, &size) == 0)
    http_call(TEXT("mirror"), headers, size, "", 0, (const char *)&none, sizeof none, 1000, &token);
  count();
  record();
  return 0;
}
EXPORT(proxy_on_http_call_response) void answered(uint32_t root, uint32_t token, uint32_t headers, uint32_t body, uint32_t trailers) {}
