/* Any bytes as a safetensors file: refused with one line, or every tensor can be read whole. */
#include <stdint.h>
#include <string.h>

#include "model/safetensors.h"
#include "fault.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
read_weight (const ScopeWeight *weight)
{
  float single[64];
  double twice[64];
  for (gsize at = 0; at < weight->count; at += G_N_ELEMENTS (single)) {
    gsize count = MIN (G_N_ELEMENTS (single), weight->count - at);
    scope_weight_to_f32 (weight, at, count, single);
    scope_weight_to_f64 (weight, at, count, twice);
  }
  if (scope_weight_find_nonfinite (weight) > weight->count)
    fault ("found beyond the end");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeSafetensors) file = scope_safetensors_parse (data, size, "fuzz", &error);
  if ((file == NULL) != (error != NULL) || (error != NULL && strchr (error->message, '\n') != NULL))
    fault ("no message of one line");
  for (gsize i = 0; file != NULL && i < scope_safetensors_count (file); i++)
    read_weight (scope_safetensors_nth (file, i));
  return 0;
}
