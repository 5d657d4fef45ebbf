/* A filter's SPEC of any bytes is refused with a reason of one line, or kept as it was given. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/filter.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *spec = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, &error);
  if (filter != NULL ? strcmp (scope_filter_spec (filter), spec) != 0 : error == NULL)
    abort ();
  return 0;
}
