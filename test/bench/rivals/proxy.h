// What the C rivals share: the least that a module needs. Each argument is a literal or what the host has handed over; nothing
// is checked that Envoy does not hand over wrongly: this is the bound of what a compiled filter can reach.
#include <stddef.h>
#include <stdint.h>
#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name), used))
#define TEXT(literal) literal, sizeof(literal) - 1
IMPORT(proxy_add_header_map_value) uint32_t add(uint32_t, const char *, size_t, const char *, size_t);
IMPORT(proxy_get_header_map_value) uint32_t get(uint32_t, const char *, size_t, char **, size_t *);
IMPORT(proxy_replace_header_map_value) uint32_t replace(uint32_t, const char *, size_t, const char *, size_t);
IMPORT(proxy_remove_header_map_value) uint32_t erase(uint32_t, const char *, size_t);
IMPORT(proxy_set_property) uint32_t set_property(const char *, size_t, const char *, size_t);
IMPORT(proxy_define_metric) uint32_t define_metric(uint32_t, const char *, size_t, uint32_t *);
IMPORT(proxy_increment_metric) uint32_t increment_metric(uint32_t, int64_t);
IMPORT(proxy_set_tick_period_milliseconds) uint32_t set_tick_period(uint32_t);
static char heap[1 << 16];
static size_t used;
EXPORT(malloc) void *allocate(size_t size) {
  if (used + size > sizeof heap) used = 0;
  void *at = heap + used;
  used += (size + 7) & ~(size_t)7;
  return at;
}
EXPORT(proxy_abi_version_0_2_1) void abi(void) {}
// With DUTIES the rival also does what our filters owe their users: it counts what it did, as they do in memory and to Envoy
// once a second, and leaves a decision record.
#ifdef DUTIES
static uint32_t metric, waiting;
EXPORT(proxy_on_configure) uint32_t configure(uint32_t root, uint32_t size) {
  define_metric(0, TEXT("rival_decisions_total"), &metric);
  set_tick_period(1000);
  return 1;
}
EXPORT(proxy_on_tick) void tick(uint32_t root) {
  if (waiting) increment_metric(metric, waiting);
  waiting = 0;
}
static void count(void) { waiting++; }
static void record(void) {
  set_property(TEXT("sluice"), TEXT("{\"r\":\"bench/all#0\",\"f\":[{\"k\":\"headers\",\"p\":\"bench/headers\",\"o\":\"applied\"}]}"));
}
#else
static void count(void) {}
static void record(void) {}
#endif
