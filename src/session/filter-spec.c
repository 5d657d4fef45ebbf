#include "session/filter-spec.h"

#include <math.h>
#include <string.h>

#include "analysis/filter.h"

#define THETA "theta="

char *
scope_filter_spec_split (const char *spec, double *theta, GError **error)
{
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, error);
  const char *colon = strchr (spec, ':');

  *theta = NAN;
  if (filter == NULL)
    return NULL;
  if (colon == NULL)
    return g_strdup (spec);
  g_autoptr (GString) out = g_string_new_len (spec, colon - spec);
  g_auto (GStrv) parts = g_strsplit (colon + 1, ",", -1);
  char separator = ':';
  for (guint i = 0; parts[i] != NULL; i++) {
    if (g_str_has_prefix (parts[i], THETA)) {
      *theta = g_ascii_strtod (parts[i] + strlen (THETA), NULL);
      continue;
    }
    g_string_append_printf (out, "%c%s", separator, parts[i]);
    separator = ',';
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
scope_filter_spec_join (const char *spec, double theta)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (isnan (theta))
    return g_strdup (spec);
  g_ascii_formatd (number, sizeof number, "%.6g", theta);
  g_autofree char *joined
      = g_strdup_printf ("%s%c" THETA "%s", spec, strchr (spec, ':') != NULL ? ',' : ':', number);
  g_autoptr (ScopeFilter) known = scope_filter_parse (joined, NULL);
  return known != NULL ? g_steal_pointer (&joined) : g_strdup (spec);
}
