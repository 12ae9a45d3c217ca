// Refuses who asks for it, with headers of its own; traps for who asks for that.
#include "proxy.h"
EXPORT(proxy_on_request_headers) uint32_t on_request(uint32_t id, uint32_t n, uint32_t end) {
  char *value; size_t size;
  if (proxy_get_header_map_value(0, "x-a", 3, &value, &size) != 0 || size == 0) return 0;
  static const char pairs[] = "\1\0\0\0\5\0\0\0\2\0\0\0x-why\0no";
  if (value[0] == '1') { proxy_send_local_response(403, "refused", 7, "go away", 7, pairs, sizeof pairs, -1); return 1; }
  if (value[0] == 'T') __builtin_trap();
  return 0;
}
