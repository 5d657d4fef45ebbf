/* longmamba: LongMamba as released (arXiv 2504.16053). In the channels whose decay over the
 * calibration window exceeds θ, tokens with Δ <= g(S) are dropped, where g is the table's at the
 * length nearest to the input's. */
#include <math.h>

#include "analysis/filter-private.h"
#include "base/error.h"

/* top from a file and top from a SPEC are the same number, read twice. */
#define SAME_TOP 1e-9

static gboolean
check_top (const ScopeFilter *filter, ScopeTable *table, GError **error)
{
  if (!(filter->given & SCOPE_FILTER_TOP)
      || fabs (filter->top - scope_table_top (table)) <= SAME_TOP)
    return TRUE;
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER,
               "filter longmamba: top=%g, but %s was calibrated with top %g; leave top out, or "
               "calibrate a table with it",
               filter->top, filter->table, scope_table_top (table));
  return FALSE;
}

/* The explicit table, else the model folder's if its clamp share is the one asked for, else one
 * calibrated on the text's own beginning. */
static ScopeTable *
longmamba_table (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                 gsize count, ScopeProgress *progress, GError **error)
{
  ScopeTable *table;
  if (!scope_filter_context_table (context, filter, &table, error))
    return NULL;
  if (table != NULL && filter->given & SCOPE_FILTER_TABLE)
    return check_top (filter, table, error) ? scope_table_ref (table) : NULL;
  if (table != NULL && check_top (filter, table, NULL))
    return scope_table_ref (table);
  ScopeCalibration defaults;
  scope_calibration_defaults (
      scope_model_config (scope_schedule_model (scope_filter_context_schedule (context))),
      &defaults);
  double top = filter->given & SCOPE_FILTER_TOP ? filter->top : defaults.top;
  return scope_filter_context_calibrate (context, filter, ids, count, top, progress, error);
}

/* DATA is the thresholds of all layers: (layers, channels). */
static gboolean
resolve (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
         double *threshold, GError **error)
{
  const ScopeMatrix *all = data;
  for (gsize h = 0; h < scope_matrix_columns (all); h++)
    threshold[h] = scope_matrix_get (all, layer, h);
  return TRUE;
}

static ScopeMatrix *
make_thresholds (ScopeTable *table, gsize count, double theta, GError **error)
{
  const ScopeMatrix *ln_decay = scope_table_ln_decay (table);
  const ScopeMatrix *g = scope_table_threshold (table, scope_table_nearest (table, count));
  gsize layers = scope_matrix_rows (ln_decay), channels = scope_matrix_columns (ln_decay);
  ScopeMatrix *out = scope_matrix_new (SCOPE_REAL_F64, layers, channels, error);
  for (gsize layer = 0; out != NULL && layer < layers; layer++)
    for (gsize h = 0; h < channels; h++) {
      gboolean global = scope_matrix_get (ln_decay, layer, h) > log (theta);
      scope_matrix_set (out, layer, h, global ? scope_matrix_get (g, layer, h) : -INFINITY);
    }
  return out;
}

static ScopePlan *
longmamba_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                gsize count, ScopeProgress *progress, GError **error)
{
  gsize train_length;
  double theta;
  g_autoptr (ScopeTable) table = longmamba_table (filter, context, ids, count, progress, error);
  if (table == NULL || !scope_filter_context_facts (context, filter, &train_length, &theta, error))
    return NULL;
  ScopeMatrix *thresholds = make_thresholds (table, count, theta, error);
  if (thresholds == NULL)
    return NULL;
  g_autofree char *spec = scope_filter_canonical (filter, theta, scope_table_top (table));
  return scope_plan_new (spec, scope_matrix_rows (thresholds), scope_matrix_columns (thresholds),
                         FALSE, resolve, thresholds, (GDestroyNotify)scope_matrix_unref);
}

const ScopeFilterMethod scope_filter_longmamba
    = { .name = "longmamba",
        .parameters
        = SCOPE_FILTER_THETA | SCOPE_FILTER_TOP | SCOPE_FILTER_TABLE | SCOPE_FILTER_GATE,
        .plan = longmamba_plan,
        .table = longmamba_table };
