#include "analysis/filter.h"

#include <string.h>

#include "analysis/filter-private.h"
#include "analysis/filter-value.h"
#include "base/error.h"

struct _ScopeFilter {
  gatomicrefcount references;
  char *spec;
  const ScopeFilterMethod *method;
  ScopeFilterValue *values; /* (info.n_parameters) */
};

gboolean
scope_filter_refuse (const char *method, GError **error, const char *format, ...)
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
  for (gsize i = 0; i < scope_filter_count (); i++) {
    const ScopeFilterMethod *method = scope_filter_method (i);
    if (strcmp (method->info.name, name) == 0)
      return method;
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", method->info.name);
  }
  scope_filter_refuse (name, error, "unknown method; the methods are %s", known->str);
  return NULL;
}

static gboolean
unknown_parameter (const ScopeFilterInfo *info, const char *name, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (gsize i = 0; i < info->n_parameters; i++)
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", info->parameters[i]->name);
  return scope_filter_refuse (info->name, error, "unknown parameter \"%s\"; %s%s", name,
                              known->len > 0 ? "the parameters are " : "it takes none", known->str);
}

/* The value of the parameter NAME, or NULL if the method has none of that name. */
static ScopeFilterValue *
find_value (const ScopeFilter *self, const char *name, const ScopeFilterParameter **parameter)
{
  const ScopeFilterInfo *info = &self->method->info;
  for (gsize i = 0; i < info->n_parameters; i++)
    if (strcmp (info->parameters[i]->name, name) == 0) {
      *parameter = info->parameters[i];
      return &self->values[i];
    }
  return NULL;
}

/* TEXT is "name=value". */
static gboolean
read_parameter (ScopeFilter *self, const char *text, GError **error)
{
  const ScopeFilterInfo *info = &self->method->info;
  const char *equals = strchr (text, '=');
  gsize length = equals != NULL ? (gsize)(equals - text) : strlen (text);
  g_autofree char *name = g_strndup (text, length);
  const ScopeFilterParameter *parameter;
  ScopeFilterValue *value = find_value (self, name, &parameter);
  if (value == NULL)
    return unknown_parameter (info, name, error);
  if (value->text != NULL)
    return scope_filter_refuse (info->name, error, "%s is given twice", name);
  if (equals != NULL && scope_filter_value_read (value, parameter, equals + 1))
    return TRUE;
  g_autofree char *expected = scope_filter_value_expected (parameter);
  return scope_filter_refuse (info->name, error, "%s: expected %s, found \"%s\"", name, expected,
                              equals != NULL ? equals + 1 : "");
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
  self->values = g_new0 (ScopeFilterValue, method->info.n_parameters);
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
  for (gsize i = 0; i < self->method->info.n_parameters; i++)
    scope_filter_value_clear (&self->values[i]);
  g_free (self->values);
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

const ScopeFilterMethod *
scope_filter_get_method (const ScopeFilter *self)
{
  return self->method;
}

gboolean
scope_filter_needs_alpha (const ScopeFilter *self)
{
  return self->method->needs_alpha;
}

gboolean
scope_filter_gives (const ScopeFilter *self, const char *name)
{
  const ScopeFilterParameter *parameter;
  const ScopeFilterValue *value = self != NULL ? find_value (self, name, &parameter) : NULL;
  return value != NULL && value->text != NULL;
}

double
scope_filter_real (const ScopeFilter *self, const char *name, double otherwise)
{
  const ScopeFilterParameter *parameter;
  return scope_filter_gives (self, name) ? find_value (self, name, &parameter)->number : otherwise;
}

gsize
scope_filter_size (const ScopeFilter *self, const char *name, gsize otherwise)
{
  return (gsize)scope_filter_real (self, name, (double)otherwise);
}

const char *
scope_filter_text (const ScopeFilter *self, const char *name)
{
  const ScopeFilterParameter *parameter = NULL;
  const ScopeFilterValue *value = self != NULL ? find_value (self, name, &parameter) : NULL;
  if (value == NULL)
    return NULL;
  return value->text != NULL ? value->text : parameter->fallback;
}

gboolean
scope_filter_chooses (const ScopeFilter *self, const char *name, const char *choice)
{
  return g_strcmp0 (scope_filter_text (self, name), choice) == 0;
}

const GArray *
scope_filter_list (const ScopeFilter *self, const char *name)
{
  const ScopeFilterParameter *parameter;
  const ScopeFilterValue *value = find_value (self, name, &parameter);
  return value != NULL ? value->list : NULL;
}

/* The number that the pairs of ARGUMENTS have for NAME, as text; NULL if they have none. */
static char *
decided (const char *name, va_list arguments)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  const char *known;
  while ((known = va_arg (arguments, const char *)) != NULL) {
    double value = va_arg (arguments, double);
    if (strcmp (known, name) == 0)
      return g_strdup (g_ascii_formatd (number, sizeof number, "%.9g", value));
  }
  return NULL;
}

char *
scope_filter_canonical (const ScopeFilter *self, ...)
{
  const ScopeFilterInfo *info = &self->method->info;
  g_autoptr (GString) out = g_string_new (info->name);
  char separator = ':';
  for (gsize i = 0; i < info->n_parameters; i++) {
    va_list arguments;
    va_start (arguments, self);
    g_autofree char *number = decided (info->parameters[i]->name, arguments);
    va_end (arguments);
    const char *text = number != NULL ? number : self->values[i].text;
    if (text == NULL)
      continue;
    g_string_append_printf (out, "%c%s=%s", separator, info->parameters[i]->name, text);
    separator = ',';
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
scope_filter_plan (const ScopeFilter *self, ScopeFilterContext *context, const gint32 *ids,
                   gsize count, ScopePlan **plan, ScopeProgress *progress, GError **error)
{
  gsize gate;
  *plan = NULL;
  if (scope_filter_is_off (self))
    return TRUE;
  if (!scope_filter_context_facts (context, self, &gate, NULL, error))
    return FALSE;
  if (count <= scope_filter_size (self, "gate", gate))
    return TRUE;
  *plan = self->method->plan (self, context, ids, count, progress, error);
  return *plan != NULL;
}

ScopeTable *
scope_filter_table (const ScopeFilter *self, ScopeFilterContext *context, const gint32 *ids,
                    gsize count, ScopeProgress *progress, GError **error)
{
  ScopeTable *own = NULL;
  if (!scope_filter_is_off (self) && self->method->table != NULL)
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
