// A response body gathered to its end, then turned round.
#include "proxy.h"
EXPORT(proxy_on_response_headers) uint32_t on_response(uint32_t id, uint32_t n, uint32_t end) {
  proxy_remove_header_map_value(2, "content-length", 14);
  return 0;
}
EXPORT(proxy_on_response_body) uint32_t on_body(uint32_t id, uint32_t size, uint32_t end) {
  if (!end) return 1;
  char *body; size_t got;
  if (proxy_get_buffer_bytes(1, 0, size, &body, &got) != 0) return 0;
  for (size_t i = 0; i < got / 2; i++) { char c = body[i]; body[i] = body[got - 1 - i]; body[got - 1 - i] = c; }
  proxy_set_buffer_bytes(1, 0, got, body, got);
  return 0;
}
