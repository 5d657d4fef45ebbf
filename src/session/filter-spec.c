#include "session/filter-spec.h"

#include <math.h>
#include <string.h>

#include "analysis/filter.h"

#define THETA "theta"

/* SPEC without what it says of NAME, which goes to VALUE (NULL: it says nothing, or nobody asks).
 */
static GString *
take_out (const char *spec, const char *name, char **value)
{
  const char *colon = strchr (spec, ':');
  g_autoptr (GString) out = g_string_new_len (spec, colon != NULL ? colon - spec : -1);
  g_auto (GStrv) parts = colon != NULL ? g_strsplit (colon + 1, ",", -1) : NULL;
  g_autofree char *mark = g_strconcat (name, "=", NULL);
  char separator = ':';

  for (char **part = parts; part != NULL && *part != NULL; part++) {
    if (g_str_has_prefix (*part, mark)) {
      if (value != NULL) {
        g_free (*value);
        *value = g_strdup (*part + strlen (mark));
      }
      continue;
    }
    g_string_append_printf (out, "%c%s", separator, *part);
    separator = ',';
  }
  return g_steal_pointer (&out);
}

char *
scope_filter_spec_split (const char *spec, double *theta, GError **error)
{
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, error);
  g_autofree char *value = NULL;

  *theta = NAN;
  if (filter == NULL)
    return NULL;
  GString *rest = take_out (spec, THETA, &value);
  if (value != NULL)
    *theta = g_ascii_strtod (value, NULL);
  return g_string_free (rest, FALSE);
}

char *
scope_filter_spec_put (const char *spec, const char *name, const char *value)
{
  GString *out = take_out (spec, name, NULL);

  g_string_append_printf (out, "%c%s=%s", strchr (out->str, ':') != NULL ? ',' : ':', name, value);
  return g_string_free (out, FALSE);
}

char *
scope_filter_spec_join (const char *spec, double theta)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (isnan (theta))
    return g_strdup (spec);
  g_ascii_formatd (number, sizeof number, "%.6g", theta);
  g_autofree char *joined = scope_filter_spec_put (spec, THETA, number);
  g_autoptr (ScopeFilter) known = scope_filter_parse (joined, NULL);
  return known != NULL ? g_steal_pointer (&joined) : g_strdup (spec);
}
