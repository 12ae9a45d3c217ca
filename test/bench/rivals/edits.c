// The header job in C: set two, add one, remove one, in both directions.
#include "proxy.h"
#include "edit.h"
EXPORT(proxy_on_request_headers) uint32_t on_request(uint32_t id, uint32_t n, uint32_t end) {
  edit(0);
  record();
  return 0;
}
EXPORT(proxy_on_response_headers) uint32_t on_response(uint32_t id, uint32_t n, uint32_t end) {
  edit(2);
  return 0;
}
