// The header job on one map: set two, add one, remove one. After proxy.h.
static void edit(uint32_t map) {
  replace(map, TEXT("x-set-one"), TEXT("value-one"));
  replace(map, TEXT("x-set-two"), TEXT("value-two"));
  add(map, TEXT("x-added"), TEXT("value-added"));
  erase(map, TEXT("x-remove-me"));
  count();
}
