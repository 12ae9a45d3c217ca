// The header job per route in C, with the crossings that the suite has for it and nothing else: the route's name is read, no plan is known.
// DOWNSTREAM is the half in front of the router, otherwise the half behind it. What the suite costs above this is its own code.
#define DUTIES
#include "proxy.h"
#include "edit.h"
IMPORT(proxy_get_property) uint32_t get_property(const char *, size_t, char **, size_t *);
EXPORT(proxy_on_request_headers) uint32_t on_request(uint32_t id, uint32_t n, uint32_t end) {
  char *name;
  size_t size;
  used = 0;
  get_property(TEXT("xds\0route_name"), &name, &size);
#ifndef DOWNSTREAM
  edit(0);
  record();
#endif
  return 0;
}
EXPORT(proxy_on_response_headers) uint32_t on_response(uint32_t id, uint32_t n, uint32_t end) {
#ifdef DOWNSTREAM
  edit(2);
#endif
  return 0;
}
