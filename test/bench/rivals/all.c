// The job of all four in C, with the crossings that the suite has for it and nothing else; one request of a million would be mirrored.
// DOWNSTREAM is the half in front of the router, otherwise the half behind it. What the suite costs above this is its own code.
#define DUTIES
#include "proxy.h"
#include "edit.h"
IMPORT(proxy_get_property) uint32_t get_property(const char *, size_t, char **, size_t *);
IMPORT(proxy_get_header_map_pairs) uint32_t pairs(uint32_t, char **, size_t *);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("clock_time_get")))
uint32_t clock_time(uint32_t, uint64_t, uint64_t *);
EXPORT(proxy_on_request_headers) uint32_t on_request(uint32_t id, uint32_t n, uint32_t end) {
  char *value;
  size_t size;
  used = 0;
  get_property(TEXT("xds\0route_name"), &value, &size);
#ifdef DOWNSTREAM
  uint64_t now;
  clock_time(1, 0, &now);
#else
  edit(0);
  get(0, TEXT(":path"), &value, &size);
  replace(0, TEXT("x-envoy-original-path"), value, size);
  replace(0, TEXT(":path"), TEXT("/rewritten/x/y?z=1"));
  replace(0, TEXT(":authority"), TEXT("internal.example.com"));
  pairs(0, &value, &size);
#endif
  record();
  return 0;
}
EXPORT(proxy_on_response_headers) uint32_t on_response(uint32_t id, uint32_t n, uint32_t end) {
#ifdef DOWNSTREAM
  edit(2);
#endif
  return 0;
}
