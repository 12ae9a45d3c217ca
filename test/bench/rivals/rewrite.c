// The rewrite job in C: another prefix, another host, the path of before kept aside as Envoy's own rewrite does.
#include "proxy.h"
static char path[1 << 16] = "/rewritten";
static int is_below(const char *at) { return at[0] == '/' && at[1] == 'p' && at[2] == '3' && at[3] == '/'; }
EXPORT(proxy_on_request_headers) uint32_t on_request(uint32_t id, uint32_t n, uint32_t end) {
  char *value;
  size_t size;
  used = 0;
  if (get(0, TEXT(":path"), &value, &size) == 0 && size >= 4 && size < 60000 && is_below(value)) {
    replace(0, TEXT("x-envoy-original-path"), value, size);
    __builtin_memcpy(path + 10, value + 3, size - 3);
    replace(0, TEXT(":path"), path, size + 7);
  }
  replace(0, TEXT(":authority"), TEXT("internal.example.com"));
  count();
  record();
  return 0;
}
