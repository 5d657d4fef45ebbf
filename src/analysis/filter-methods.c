/* The registry: a new method is one file and one row. */
#include "analysis/filter-private.h"

const ScopeFilterMethod scope_filter_off
    = { .info = { "off", "Off", "the model as it is", NULL, 0 } };

static const ScopeFilterMethod *const methods[]
    = { &scope_filter_off,       &scope_filter_longmamba,    &scope_filter_online,
        &scope_filter_alpha,     &scope_filter_offline,      &scope_filter_bound,
        &scope_filter_norm,      &scope_filter_channel_topk, &scope_filter_all_topk,
        &scope_filter_decimamba, &scope_filter_mambaextend,  &scope_filter_modulation,
        &scope_filter_upi };

gsize
scope_filter_count (void)
{
  return G_N_ELEMENTS (methods);
}

const ScopeFilterMethod *
scope_filter_method (gsize index)
{
  return methods[index];
}

const ScopeFilterInfo *
scope_filter_info (gsize index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (methods), NULL);
  return &methods[index]->info;
}
