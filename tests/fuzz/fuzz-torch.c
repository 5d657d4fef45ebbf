/* Any bytes as a file of torch.save: refused with one line, or every tensor can be read whole. */
#include <stdint.h>
#include <string.h>

#include "fault.h"
#include "model/torch/torch-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
read_weight (const ScopeWeight *weight)
{
  double numbers[64];
  for (gsize at = 0; at < weight->count; at += G_N_ELEMENTS (numbers))
    scope_weight_to_f64 (weight, at, MIN (G_N_ELEMENTS (numbers), weight->count - at), numbers);
}

/* A few views that repeat their numbers are legal and slow: they are looked at, not read. */
static gboolean
is_small (const ScopeWeight *weight)
{
  return weight->count <= 1 << 16;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTorchFile) file = scope_torch_file_parse (data, size, "fuzz", &error);
  if ((file == NULL) != (error != NULL) || (error != NULL && strchr (error->message, '\n') != NULL))
    fault ("no message of one line");
  for (gsize i = 0; file != NULL && i < scope_torch_file_count (file); i++) {
    g_autoptr (GError) refused = NULL;
    const ScopeWeight *weight = scope_torch_file_nth (file, i);
    if (!is_small (weight))
      continue;
    weight = scope_torch_file_get (file, weight->name, &refused);
    if ((weight == NULL) != (refused != NULL))
      fault ("neither a tensor nor a message");
    if (weight != NULL)
      read_weight (weight);
  }
  return 0;
}
