// The rate limit job in C: one bucket for all, of this worker or, with NODE, of all workers by compare-and-swap. Keeps when the bucket
// will be full again, as GCRA does, and never refuses: it is large enough.
#include "proxy.h"
IMPORT(proxy_get_shared_data) uint32_t get_shared(const char *, size_t, char **, size_t *, uint32_t *);
IMPORT(proxy_set_shared_data) uint32_t set_shared(const char *, size_t, const void *, size_t, uint32_t);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("clock_time_get")))
uint32_t clock_time(uint32_t, uint64_t, uint64_t *);
static uint64_t take(uint64_t full) {
  uint64_t now;
  clock_time(1, 0, &now);
  return (full > now ? full : now) + 1;
}
#ifdef NODE
static void limit(void) {
  uint64_t *kept, full = 0;
  size_t size;
  uint32_t cas;
  do {
    if (get_shared(TEXT("bucket"), (char **)&kept, &size, &cas) == 0 && size == sizeof full) full = *kept;
    else cas = 0;
    full = take(full);
  } while (set_shared(TEXT("bucket"), &full, sizeof full, cas) == 8);
}
#else
static uint64_t full;
static void limit(void) { full = take(full); }
#endif
EXPORT(proxy_on_request_headers) uint32_t on_request(uint32_t id, uint32_t n, uint32_t end) {
  used = 0;
  limit();
  count();
  record();
  return 0;
}
