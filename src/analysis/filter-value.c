/* Values of parameters, read and refused by the parameter's own description. */
#include "analysis/filter-value.h"

#include <math.h>
#include <string.h>

static gboolean
is_inside (const ScopeFilterParameter *parameter, double value)
{
  /* Written so that NaN is outside. */
  gboolean from = parameter->above ? value > parameter->low : value >= parameter->low;
  return from && value <= parameter->high;
}

static gboolean
read_real (const ScopeFilterParameter *parameter, const char *text, double *out)
{
  char *end = NULL;
  *out = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && !g_ascii_isspace (*text) && isfinite (*out)
         && is_inside (parameter, *out);
}

static gboolean
read_whole (const ScopeFilterParameter *parameter, const char *text, double *out)
{
  guint64 value = 0;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &value, NULL))
    return FALSE;
  *out = (double)value;
  return is_inside (parameter, *out);
}

static gboolean
read_list (const ScopeFilterParameter *parameter, const char *text, GArray **out)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));
  for (gsize i = 0; parts[i] != NULL; i++) {
    double value;
    if (parameter->kind == SCOPE_FILTER_REALS ? !read_real (parameter, parts[i], &value)
                                              : !read_whole (parameter, parts[i], &value))
      return FALSE;
    g_array_append_val (numbers, value);
  }
  if (numbers->len == 0)
    return FALSE;
  *out = g_steal_pointer (&numbers);
  return TRUE;
}

static gboolean
is_choice (const ScopeFilterParameter *parameter, const char *text)
{
  g_auto (GStrv) choices = g_strsplit (parameter->choices, "|", -1);
  return g_strv_contains ((const char *const *)choices, text);
}

gboolean
scope_filter_value_read (ScopeFilterValue *self, const ScopeFilterParameter *parameter,
                         const char *text)
{
  self->text = g_strdup (text);
  switch (parameter->kind) {
  case SCOPE_FILTER_REAL:
    return read_real (parameter, text, &self->number);
  case SCOPE_FILTER_WHOLE:
    return read_whole (parameter, text, &self->number);
  case SCOPE_FILTER_CHOICE:
    return is_choice (parameter, text);
  case SCOPE_FILTER_FILE:
    return *text != '\0';
  case SCOPE_FILTER_REALS:
  case SCOPE_FILTER_WHOLES:
    return read_list (parameter, text, &self->list);
  }
  g_return_val_if_reached (FALSE);
}

void
scope_filter_value_clear (ScopeFilterValue *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->list, g_array_unref);
}

static char *
describe_range (const ScopeFilterParameter *parameter)
{
  if (parameter->above)
    return g_strdup_printf ("above %g and at most %g", parameter->low, parameter->high);
  return g_strdup_printf ("from %g to %g", parameter->low, parameter->high);
}

char *
scope_filter_value_expected (const ScopeFilterParameter *parameter)
{
  g_autofree char *range = describe_range (parameter);
  g_auto (GStrv) choices
      = parameter->choices != NULL ? g_strsplit (parameter->choices, "|", -1) : NULL;
  switch (parameter->kind) {
  case SCOPE_FILTER_REAL:
    return g_strdup_printf ("a %s %s", parameter->unit, range);
  case SCOPE_FILTER_WHOLE:
    return parameter->low > 0 ? g_strdup_printf ("a whole number of %s, at least %g",
                                                 parameter->unit, parameter->low)
                              : g_strdup_printf ("a whole number of %s", parameter->unit);
  case SCOPE_FILTER_CHOICE:
    return g_strjoinv (" or ", choices);
  case SCOPE_FILTER_FILE:
    return g_strdup ("a file");
  case SCOPE_FILTER_REALS:
    return g_strdup_printf ("numbers %s with slashes between", range);
  case SCOPE_FILTER_WHOLES:
    return g_strdup ("whole numbers with slashes between");
  }
  g_return_val_if_reached (NULL);
}
