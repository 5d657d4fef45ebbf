/* Any bytes as a config.json: refused with one line, or every size is one that can be worked with.
 */
#include <stdint.h>
#include <string.h>

#include "model/config.h"
#include "fault.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check (const ScopeConfig *c)
{
  if (c->vocab_size == 0 || c->d_model == 0 || c->n_layer == 0 || c->d_conv == 0 || c->d_state == 0)
    fault ("a size is 0");
  if (c->channels * c->lanes != c->d_inner || c->groups == 0 || c->channels % c->groups != 0)
    fault ("channels do not fit");
  if (!(c->delta_min <= c->delta_max) || !(c->norm_eps >= 0))
    fault ("a number is none");
  if (scope_config_projection (c) < c->d_inner || scope_config_conv_lanes (c) < c->d_inner)
    fault ("a size overflows");
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
