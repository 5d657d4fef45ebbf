/* The registry: a new method is one file and one row. */
#include "analysis/filter-private.h"

const ScopeFilterMethod scope_filter_off = { .name = "off" };

static const ScopeFilterMethod *const methods[]
    = { &scope_filter_off, &scope_filter_longmamba, &scope_filter_online };

gsize
scope_filter_method_count (void)
{
  return G_N_ELEMENTS (methods);
}

const ScopeFilterMethod *
scope_filter_method (gsize index)
{
  return methods[index];
}
