#include "analysis/filter.h"

#include <math.h>
#include <string.h>

#include "analysis/filter-private.h"
#include "base/error.h"

typedef gboolean (*ParseParameter) (ScopeFilter *self, const char *text);

static gboolean
parse_real (const char *text, double *out)
{
  char *end = NULL;
  *out = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*out);
}

static gboolean
parse_theta (ScopeFilter *self, const char *text)
{
  return parse_real (text, &self->theta) && self->theta > 0 && self->theta <= 1;
}

static gboolean
parse_top (ScopeFilter *self, const char *text)
{
  return parse_real (text, &self->top) && self->top >= 0 && self->top <= 1;
}

static gboolean
parse_table (ScopeFilter *self, const char *text)
{
  self->table = g_strdup (text);
  return *text != '\0';
}

static gboolean
parse_gate (ScopeFilter *self, const char *text)
{
  guint64 value = 0;
  gboolean whole = g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &value, NULL);
  self->gate = (gsize)value;
  return whole;
}

static const struct {
  const char *name, *expected;
  ScopeFilterParameter flag;
  ParseParameter parse;
} parameters[] = {
  { "theta", "a decay above 0 and at most 1", SCOPE_FILTER_THETA, parse_theta },
  { "top", "a share from 0 to 1", SCOPE_FILTER_TOP, parse_top },
  { "table", "a file", SCOPE_FILTER_TABLE, parse_table },
  { "gate", "a whole number of tokens", SCOPE_FILTER_GATE, parse_gate },
};

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (const char *method, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER, "filter %s: %s", method,
               message);
  return FALSE;
}

static const ScopeFilterMethod *
find_method (const char *name, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (gsize i = 0; i < scope_filter_method_count (); i++) {
    const ScopeFilterMethod *method = scope_filter_method (i);
    if (strcmp (method->name, name) == 0)
      return method;
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", method->name);
  }
  refuse (name, error, "unknown method; the methods are %s", known->str);
  return NULL;
}

static gboolean
unknown_parameter (const ScopeFilterMethod *method, const char *name, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    if (method->parameters & parameters[i].flag)
      g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", parameters[i].name);
  return refuse (method->name, error, "unknown parameter \"%s\"; %s%s", name,
                 known->len > 0 ? "the parameters are " : "it takes none", known->str);
}

/* TEXT is "name=value". */
static gboolean
read_parameter (ScopeFilter *self, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  gsize length = equals != NULL ? (gsize)(equals - text) : strlen (text);
  g_autofree char *name = g_strndup (text, length);
  gsize i = 0;
  while (
      i < G_N_ELEMENTS (parameters)
      && !(self->method->parameters & parameters[i].flag && strcmp (parameters[i].name, name) == 0))
    i++;
  if (i == G_N_ELEMENTS (parameters))
    return unknown_parameter (self->method, name, error);
  if (self->given & parameters[i].flag)
    return refuse (self->method->name, error, "%s is given twice", name);
  self->given |= parameters[i].flag;
  if (equals != NULL && parameters[i].parse (self, equals + 1))
    return TRUE;
  return refuse (self->method->name, error, "%s: expected %s, found \"%s\"", name,
                 parameters[i].expected, equals != NULL ? equals + 1 : "");
}

ScopeFilter *
scope_filter_parse (const char *spec, GError **error)
{
  const char *colon = strchr (spec, ':');
  g_autofree char *name = colon != NULL ? g_strndup (spec, colon - spec) : g_strdup (spec);
  const ScopeFilterMethod *method = find_method (name, error);
  if (method == NULL)
    return NULL;
  g_autoptr (ScopeFilter) self = g_new0 (ScopeFilter, 1);
  g_atomic_ref_count_init (&self->references);
  self->spec = g_strdup (spec);
  self->method = method;
  g_auto (GStrv) parts = colon != NULL ? g_strsplit (colon + 1, ",", -1) : NULL;
  for (gsize i = 0; parts != NULL && parts[i] != NULL; i++)
    if (!read_parameter (self, parts[i], error))
      return NULL;
  return g_steal_pointer (&self);
}

ScopeFilter *
scope_filter_ref (ScopeFilter *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
scope_filter_unref (ScopeFilter *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_free (self->table);
  g_free (self->spec);
  g_free (self);
}

const char *
scope_filter_spec (const ScopeFilter *self)
{
  return self->spec;
}

gboolean
scope_filter_is_off (const ScopeFilter *self)
{
  return self == NULL || self->method->plan == NULL;
}

char *
scope_filter_canonical (const ScopeFilter *self, double theta, double top)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autoptr (GString) out = g_string_new (self->method->name);
  g_string_append_printf (out, ":theta=%s", g_ascii_formatd (number, sizeof number, "%.9g", theta));
  g_string_append_printf (out, ",top=%s", g_ascii_formatd (number, sizeof number, "%.9g", top));
  if (self->given & SCOPE_FILTER_TABLE)
    g_string_append_printf (out, ",table=%s", self->table);
  if (self->given & SCOPE_FILTER_GATE)
    g_string_append_printf (out, ",gate=%" G_GSIZE_FORMAT, self->gate);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
scope_filter_plan (const ScopeFilter *self, ScopeFilterContext *context, const gint32 *ids,
                   gsize count, ScopePlan **plan, ScopeProgress *progress, GError **error)
{
  gsize gate;
  double theta;
  *plan = NULL;
  if (scope_filter_is_off (self))
    return TRUE;
  if (!scope_filter_context_facts (context, self, &gate, &theta, error))
    return FALSE;
  if (self->given & SCOPE_FILTER_GATE)
    gate = self->gate;
  if (count <= gate)
    return TRUE;
  *plan = self->method->plan (self, context, ids, count, progress, error);
  return *plan != NULL;
}

ScopeTable *
scope_filter_table (const ScopeFilter *self, ScopeFilterContext *context, const gint32 *ids,
                    gsize count, ScopeProgress *progress, GError **error)
{
  ScopeTable *own = NULL;
  if (!scope_filter_is_off (self))
    return self->method->table (self, context, ids, count, progress, error);
  if (!scope_filter_context_table (context, NULL, &own, error))
    return NULL;
  return own != NULL
             ? scope_table_ref (own)
             : scope_filter_context_calibrate (context, NULL, ids, count, 0.0, progress, error);
}

ScopeMatrix *
scope_filter_classes (const ScopeFilter *self, ScopeFilterContext *context, const gint32 *ids,
                      gsize count, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeTable) table = scope_filter_table (self, context, ids, count, progress, error);
  return table != NULL ? scope_matrix_ref ((ScopeMatrix *)scope_table_ln_decay (table)) : NULL;
}
