// Headers edited in both directions, a property copied into one.
#include "proxy.h"
EXPORT(proxy_on_request_headers) uint32_t on_request(uint32_t id, uint32_t n, uint32_t end) {
  char *value; size_t size;
  if (proxy_get_header_map_value(0, "x-a", 3, &value, &size) == 0) proxy_add_header_map_value(0, "x-seen", 6, value, size);
  proxy_replace_header_map_value(0, "x-b", 3, "replaced", 8);
  proxy_remove_header_map_value(0, "x-c", 3);
  if (proxy_get_property("request\0method", 14, &value, &size) == 0) proxy_add_header_map_value(0, "x-method", 8, value, size);
  return 0;
}
EXPORT(proxy_on_response_headers) uint32_t on_response(uint32_t id, uint32_t n, uint32_t end) {
  proxy_add_header_map_value(2, "x-from", 6, "c", 1);
  return 0;
}
