/* The registry of tasks, and what a SPEC says. */
#include <string.h>

#include "analysis/recall/recall-private.h"
#include "base/error.h"

static const ScopeTaskKind *const kinds[] = {
  &scope_task_passkey,
  &scope_task_needle,
  &scope_task_niah_single_1,
  &scope_task_niah_single_2,
  &scope_task_niah_single_3,
  &scope_task_niah_multikey_1,
  &scope_task_niah_multikey_2,
  &scope_task_niah_multikey_3,
  &scope_task_niah_multivalue,
  &scope_task_niah_multiquery,
  &scope_task_vt,
  &scope_task_cwe,
  &scope_task_fwe,
  &scope_task_qa_1,
  &scope_task_qa_2,
};

/* The first of RULER's, which stand together up to the end. */
#define FIRST_OF_RULER 2

struct _ScopeTask {
  const ScopeTaskKind *kind;
  char *spec;
  double values[SCOPE_TASK_PARAMETERS]; /* NaN: the parameter's word for "none" */
};

gsize
scope_task_count (void)
{
  return G_N_ELEMENTS (kinds);
}

const ScopeTaskInfo *
scope_task_info (gsize index)
{
  return &kinds[index]->info;
}

const char *
scope_scoring_name (ScopeScoring scoring)
{
  static const char *const names[] = { "start", "all", "part" };
  return names[scoring];
}

static gsize
n_parameters (const ScopeTaskInfo *info)
{
  gsize n = 0;
  while (n < SCOPE_TASK_PARAMETERS && info->parameters[n].name != NULL)
    n++;
  return n;
}

char *
scope_task_parameter_print (const ScopeTaskParameter *parameter, double value)
{
  if (isnan (value))
    return g_strdup (parameter->otherwise);
  if (parameter->choices == NULL) {
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    return g_strdup (g_ascii_formatd (text, sizeof text, "%g", value));
  }
  g_auto (GStrv) choices = g_strsplit (parameter->choices, "|", -1);
  return g_strdup (choices[(gsize)value]);
}

static gboolean fail (GError **error, const char *spec, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
fail (GError **error, const char *spec, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE, "task \"%s\": %s", spec,
                   why);
  return FALSE;
}

static gboolean
read_choice (const ScopeTaskParameter *parameter, const char *spec, const char *text, double *out,
             GError **error)
{
  g_auto (GStrv) choices = g_strsplit (parameter->choices, "|", -1);
  for (gsize c = 0; choices[c] != NULL; c++)
    if (strcmp (choices[c], text) == 0) {
      *out = (double)c;
      return TRUE;
    }
  return fail (error, spec, "%s: expected %s, found \"%s\"", parameter->name, parameter->choices,
               text);
}

static gboolean
read_value (const ScopeTaskParameter *parameter, const char *spec, const char *text, double *out,
            GError **error)
{
  if (parameter->choices != NULL)
    return read_choice (parameter, spec, text, out, error);
  if (parameter->otherwise != NULL && strcmp (text, parameter->otherwise) == 0) {
    *out = NAN;
    return TRUE;
  }
  char *end;
  double value = g_ascii_strtod (text, &end);
  gboolean number = g_ascii_isdigit (*text) && *end == '\0' && isfinite (value);
  if (number && value >= parameter->low && value <= parameter->high
      && (!parameter->whole || value == floor (value))) {
    *out = value;
    return TRUE;
  }
  return fail (error, spec, "%s: expected a %s from %g to %g%s%s, found \"%s\"", parameter->name,
               parameter->whole ? "whole number" : "number", parameter->low, parameter->high,
               parameter->otherwise != NULL ? " or " : "",
               parameter->otherwise != NULL ? parameter->otherwise : "", text);
}

static const ScopeTaskParameter *
find_parameter (const ScopeTaskInfo *info, const char *name)
{
  for (gsize p = 0; p < n_parameters (info); p++)
    if (strcmp (info->parameters[p].name, name) == 0)
      return &info->parameters[p];
  return NULL;
}

/* PART is "hops=2"; GIVEN says which parameters were there before. */
static gboolean
read_part (ScopeTask *self, const char *spec, const char *part, gboolean *given, GError **error)
{
  const ScopeTaskInfo *info = &self->kind->info;
  const char *equals = strchr (part, '=');
  g_autofree char *name = equals != NULL ? g_strndup (part, equals - part) : g_strdup ("");
  const ScopeTaskParameter *parameter = find_parameter (info, name);
  if (parameter == NULL) {
    g_autoptr (GString) known = g_string_new ("tiny");
    for (gsize p = 0; p < n_parameters (info); p++)
      g_string_append_printf (known, ", %s=", info->parameters[p].name);
    return fail (error, spec, "expected %s, found \"%s\"", known->str, part);
  }
  gsize place = parameter - info->parameters;
  if (given[place])
    return fail (error, spec, "%s is given twice", name);
  given[place] = TRUE;
  return read_value (parameter, spec, equals + 1, &self->values[place], error);
}

static gboolean
read_parts (ScopeTask *self, const char *spec, char **parts, GError **error)
{
  const ScopeTaskInfo *info = &self->kind->info;
  gboolean tiny = g_strv_contains ((const char *const *)parts, "tiny");
  for (gsize p = 0; p < n_parameters (info); p++)
    self->values[p] = tiny ? info->parameters[p].tiny : info->parameters[p].ruler;
  gboolean given[SCOPE_TASK_PARAMETERS] = { FALSE };
  for (gsize i = 0; parts[i] != NULL; i++)
    if (strcmp (parts[i], "tiny") != 0 && !read_part (self, spec, parts[i], given, error))
      return FALSE;
  return TRUE;
}

static const ScopeTaskKind *
find_kind (const char *name)
{
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    if (strcmp (kinds[k]->info.name, name) == 0)
      return kinds[k];
  return NULL;
}

static gboolean
fail_name (const char *name, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    g_string_append_printf (known, "%s, ", kinds[k]->info.name);
  scope_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "expected %sruler or all, found \"%s\"", known->str, name);
  return FALSE;
}

ScopeTask *
scope_task_parse (const char *spec, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (spec, ":", -1);
  const ScopeTaskKind *kind = parts[0] != NULL ? find_kind (parts[0]) : NULL;
  if (kind == NULL) {
    fail_name (parts[0] != NULL ? parts[0] : "", error);
    return NULL;
  }
  g_autoptr (ScopeTask) self = g_new0 (ScopeTask, 1);
  self->kind = kind;
  self->spec = g_strdup (spec);
  if (!read_parts (self, spec, parts + 1, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* SPEC is of one task or of a group. */
static gboolean
add_tasks (GPtrArray *tasks, const char *spec, GError **error)
{
  gsize name = strcspn (spec, ":");
  gboolean ruler = strncmp (spec, "ruler", name) == 0 && name == strlen ("ruler");
  gboolean all = strncmp (spec, "all", name) == 0 && name == strlen ("all");
  if (!ruler && !all) {
    ScopeTask *task = scope_task_parse (spec, error);
    if (task != NULL)
      g_ptr_array_add (tasks, task);
    return task != NULL;
  }
  for (gsize k = ruler ? FIRST_OF_RULER : 0; k < G_N_ELEMENTS (kinds); k++) {
    g_autofree char *one = g_strconcat (kinds[k]->info.name, spec + name, NULL);
    if (!add_tasks (tasks, one, error))
      return FALSE;
  }
  return TRUE;
}

GPtrArray *
scope_tasks_parse (const char *specs, GError **error)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_task_free);
  g_auto (GStrv) parts = g_strsplit (specs, ",", -1);
  for (gsize i = 0; parts[i] != NULL; i++)
    if (!add_tasks (tasks, parts[i], error))
      return NULL;
  if (tasks->len == 0) {
    fail_name ("", error);
    return NULL;
  }
  return g_steal_pointer (&tasks);
}

void
scope_task_free (ScopeTask *self)
{
  if (self == NULL)
    return;
  g_free (self->spec);
  g_free (self);
}

const char *
scope_task_spec (const ScopeTask *self)
{
  return self->spec;
}

const ScopeTaskInfo *
scope_task_get_info (const ScopeTask *self)
{
  return &self->kind->info;
}

const ScopeTaskKind *
scope_task_kind (const ScopeTask *self)
{
  return self->kind;
}

double
scope_task_get (const ScopeTask *self, const char *name)
{
  const ScopeTaskInfo *info = &self->kind->info;
  const ScopeTaskParameter *parameter = find_parameter (info, name);
  g_return_val_if_fail (parameter != NULL, NAN);
  return self->values[parameter - info->parameters];
}

gboolean
scope_task_needs_text (const ScopeTask *self)
{
  const ScopeTaskParameter *haystack = find_parameter (&self->kind->info, "haystack");
  if (haystack == NULL)
    return self->kind->always_text;
  g_autofree char *which = scope_task_parameter_print (haystack, scope_task_get (self, "haystack"));
  return strcmp (which, "text") == 0;
}
