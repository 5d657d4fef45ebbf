/* What the methods with a table have in common: which table, which channels, which length. */
#include <math.h>

#include "analysis/filter-private.h"
#include "base/error.h"

/* top from a file and top from a SPEC are the same number, read twice. */
#define SAME_TOP 1e-9

#define DEFAULT_K 2000 /* scope_parameter_k says it too */

static gboolean
check_made (const ScopeFilter *filter, ScopeTable *table, GError **error)
{
  const char *path = scope_filter_text (filter, "table");
  const char *reduce = scope_filter_text (filter, "reduce");
  double top = scope_filter_real (filter, "top", scope_table_top (table));
  if (fabs (top - scope_table_top (table)) > SAME_TOP)
    return scope_filter_refuse (scope_filter_spec (filter), error,
                                "%s was calibrated with top %g; leave top out, or calibrate a "
                                "table with it",
                                path, scope_table_top (table));
  if (reduce != NULL && g_strcmp0 (reduce, scope_table_reduction (table)) != 0)
    return scope_filter_refuse (scope_filter_spec (filter), error,
                                "the windows of %s were reduced by their %s; leave reduce out, or "
                                "calibrate a table with it",
                                path, scope_table_reduction (table));
  if (scope_filter_needs_alpha (filter) && scope_table_alpha (table, 0) == NULL)
    return scope_filter_refuse (scope_filter_spec (filter), error,
                                "%s has no alpha, the share of tokens to keep; calibrate it again",
                                path);
  return TRUE;
}

ScopeTable *
scope_filter_aim_table (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                        gsize count, ScopeProgress *progress, GError **error)
{
  ScopeTable *table;
  if (!scope_filter_context_table (context, filter, &table, error))
    return NULL;
  if (table != NULL && scope_filter_gives (filter, "table"))
    return check_made (filter, table, error) ? scope_table_ref (table) : NULL;
  if (table != NULL && check_made (filter, table, NULL))
    return scope_table_ref (table);
  ScopeCalibration defaults;
  scope_calibration_defaults (scope_filter_context_config (context), &defaults);
  return scope_filter_context_calibrate (context, filter, ids, count,
                                         scope_filter_real (filter, "top", defaults.top), progress,
                                         error);
}

/* The longest length that is not longer, or the shortest there is. */
static gsize
length_below (const ScopeTable *table, gsize length)
{
  gsize index = 0;
  while (index + 1 < scope_table_n_lengths (table)
         && scope_table_length (table, index + 1) <= length)
    index++;
  return index;
}

ScopeFilterAim *
scope_filter_aim_new (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                      gsize count, ScopeProgress *progress, GError **error)
{
  double theta;
  g_autoptr (ScopeTable) table
      = scope_filter_aim_table (filter, context, ids, count, progress, error);
  if (table == NULL || !scope_filter_context_facts (context, filter, NULL, &theta, error))
    return NULL;
  ScopeFilterAim *self = g_new0 (ScopeFilterAim, 1);
  self->index = scope_filter_chooses (filter, "lookup", "down")
                    ? length_below (table, count)
                    : scope_table_nearest (table, count);
  self->table = g_steal_pointer (&table);
  self->tokens = count;
  self->ln_theta = log (theta);
  self->b = scope_filter_real (filter, "b", 1);
  self->k = scope_filter_size (filter, "k", DEFAULT_K);
  self->select = scope_filter_get_method (filter)->select;
  self->equal_stays = scope_filter_get_method (filter)->equal_stays;
  return self;
}

void
scope_filter_aim_free (gpointer data)
{
  ScopeFilterAim *self = data;
  scope_table_unref (self->table);
  g_free (self);
}

gboolean
scope_filter_aim_is_global (const ScopeFilterAim *self, gsize layer, gsize channel)
{
  return scope_matrix_get (scope_table_ln_decay (self->table), layer, channel) > self->ln_theta;
}

static char *
aim_spec (const ScopeFilterAim *self, const ScopeFilter *filter)
{
  return scope_filter_canonical (filter, "theta", exp (self->ln_theta), "top",
                                 scope_table_top (self->table), NULL);
}

ScopePlan *
scope_filter_aim_thresholds (ScopeFilterAim *self, const ScopeFilter *filter, gboolean needs_delta,
                             ScopePlanResolve resolve)
{
  const ScopeMatrix *classes = scope_table_ln_decay (self->table);
  g_autofree char *spec = aim_spec (self, filter);
  return scope_plan_new (spec, scope_matrix_rows (classes), scope_matrix_columns (classes),
                         needs_delta, resolve, self, scope_filter_aim_free);
}

static gboolean
resolve_selection (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
                   double *threshold, GError **error)
{
  scope_select_thresholds (data, layer, delta, threshold);
  return TRUE;
}

ScopePlan *
scope_filter_aim_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                       gsize count, ScopeProgress *progress, GError **error)
{
  ScopePlanShape shape = scope_filter_get_method (filter)->shape;
  ScopeFilterAim *self = scope_filter_aim_new (filter, context, ids, count, progress, error);
  if (self == NULL)
    return NULL;
  if (shape == NULL)
    return scope_filter_aim_thresholds (self, filter, TRUE, resolve_selection);
  const ScopeMatrix *classes = scope_table_ln_decay (self->table);
  g_autofree char *spec = aim_spec (self, filter);
  return scope_plan_new_shaping (spec, scope_matrix_rows (classes), scope_matrix_columns (classes),
                                 SCOPE_PLAN_READS_DELTA, shape, self, scope_filter_aim_free);
}
