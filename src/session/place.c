#include "session/place.h"

#include <string.h>

#include "base/error.h"

#define DEVICE_MOST 1023

static gboolean
refuse (const char *text, GError **error)
{
  scope_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MISSING,
                   "backend: expected auto, cpu or cuda with :DEVICE and @PRECISION as in "
                   "cuda:1@tf32, found \"%s\"",
                   text);
  return FALSE;
}

gboolean
scope_place_parse (const char *text, ScopePlace *out, GError **error)
{
  static const char *const backends[] = { "auto", "cpu", "cuda", NULL };
  g_auto (GStrv) halves = g_strsplit (text, "@", 2);
  g_auto (GStrv) parts = g_strsplit (halves[0] != NULL ? halves[0] : "", ":", 2);
  ScopePlace place = { .precision = SCOPE_PRECISION_FP32 };
  guint64 device = 0;

  if (parts[0] == NULL || !g_strv_contains (backends, parts[0])
      || (parts[1] != NULL
          && !g_ascii_string_to_unsigned (parts[1], 10, 0, DEVICE_MOST, &device, NULL))
      || (halves[1] != NULL && !scope_precision_parse (halves[1], &place.precision)))
    return refuse (text, error);
  g_strlcpy (place.backend, parts[0], sizeof place.backend);
  place.device = (int)device;
  *out = place;
  return TRUE;
}

char *
scope_place_print (const ScopePlace *self)
{
  g_autoptr (GString) out = g_string_new (self->backend);

  if (self->device != 0)
    g_string_append_printf (out, ":%d", self->device);
  if (self->precision != SCOPE_PRECISION_FP32)
    g_string_append_printf (out, "@%s", scope_precision_name (self->precision));
  return g_string_free (g_steal_pointer (&out), FALSE);
}
