// What plain C modules of the tests share: imports, an allocator, the ABI's version.
#include <stddef.h>
#include <stdint.h>
#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name), used))
IMPORT(proxy_add_header_map_value) uint32_t proxy_add_header_map_value(uint32_t, const char *, size_t, const char *, size_t);
IMPORT(proxy_get_header_map_value) uint32_t proxy_get_header_map_value(uint32_t, const char *, size_t, char **, size_t *);
IMPORT(proxy_replace_header_map_value) uint32_t proxy_replace_header_map_value(uint32_t, const char *, size_t, const char *, size_t);
IMPORT(proxy_remove_header_map_value) uint32_t proxy_remove_header_map_value(uint32_t, const char *, size_t);
IMPORT(proxy_set_buffer_bytes) uint32_t proxy_set_buffer_bytes(uint32_t, uint32_t, uint32_t, const char *, size_t);
IMPORT(proxy_get_buffer_bytes) uint32_t proxy_get_buffer_bytes(uint32_t, uint32_t, uint32_t, char **, size_t *);
IMPORT(proxy_send_local_response) uint32_t proxy_send_local_response(uint32_t, const char *, size_t, const char *, size_t, const char *, size_t, int32_t);
IMPORT(proxy_get_property) uint32_t proxy_get_property(const char *, size_t, char **, size_t *);
static char heap[1 << 16];
static size_t used;
EXPORT(malloc) void *malloc(size_t size) {
  size = (size + 7) & ~(size_t)7;
  if (used + size > sizeof heap) used = 0;
  void *at = heap + used;
  used += size;
  return at;
}
EXPORT(proxy_abi_version_0_2_1) void abi(void) {}
