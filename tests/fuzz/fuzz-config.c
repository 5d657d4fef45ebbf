/* Any bytes as a config.json: refused with one line, or every size is one that can be worked with.
 */
#include <stdint.h>
#include <string.h>

#include "fault.h"
#include "model/config.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_shared (const ScopeConfig *c)
{
  const ScopeSharedConfig *s = &c->shared;
  size_t hybrid
      = c->n_layer <= SCOPE_MAX_HYBRID_LAYERS ? scope_config_invocation (c, c->n_layer) : 0;
  if (hybrid != s->invocations || s->blocks > hybrid || (s->blocks == 0) != (hybrid == 0))
    fault ("blocks do not fit the layers");
  if (s->blocks == 0)
    return;
  if (s->heads * s->head_dim != s->width || s->width != 2 * c->d_model)
    fault ("heads do not fit");
  if (s->kv_heads == 0 || s->heads % s->kv_heads != 0 || s->intermediate == 0
      || s->adapter_rank == 0)
    fault ("a size of the block is 0");
  if (!(s->scale > 0 && s->scale <= 2) || (s->rope && !(s->rope_theta > 0)))
    fault ("a number of the block is none");
}

static void
check (const ScopeConfig *c)
{
  if (c->vocab_size == 0 || c->d_model == 0 || c->n_layer == 0 || c->d_conv == 0 || c->d_state == 0)
    fault ("a size is 0");
  if (c->channels * c->lanes != c->d_inner || c->groups == 0 || c->channels % c->groups != 0)
    fault ("channels do not fit");
  if (!(c->delta_min <= c->delta_max) || !(c->norm_eps >= 0) || !(c->gate_norm_eps >= 0)
      || !(c->mixer_norm_eps >= 0))
    fault ("a number is none");
  if (scope_config_projection (c) < c->d_inner || scope_config_conv_lanes (c) < c->d_inner)
    fault ("a size overflows");
  if (!scope_config_is_ssd (c) && c->dt_rank == 0)
    fault ("Δ has no rank");
  check_shared (c);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  ScopeConfig config;
  g_autoptr (GError) error = NULL;
  if (scope_config_parse (&config, (const char *)data, size, "fuzz", &error))
    check (&config);
  else if (error == NULL || strchr (error->message, '\n') != NULL)
    fault ("no message of one line");
  return 0;
}
