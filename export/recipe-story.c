/* Which channels tell what LongMamba's first figure is about: global by what they forget over the
 * training length, and with a field that covers it, but not the longer text. */
#include <math.h>

#include "export/recipe-pass.h"

#define QUERIES 3 /* in the last eighth of the text */

static double
median_of_three (double a, double b, double c)
{
  return MAX (MIN (a, b), MIN (MAX (a, b), c));
}

/* The share of the text that each channel's field covers at its end, into column-major OUT (one a
 * channel). */
static gboolean
layer_cover (ScopeTrace *trace, gsize index, double *out, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, index, NULL, progress, error);
  if (layer == NULL)
    return FALSE;
  gsize tokens = scope_layer_trace_length (layer);
  gsize channels = scope_model_config (scope_layer_trace_model (layer))->channels, rows[QUERIES];
  g_autofree gint32 *starts = g_new (gint32, QUERIES * channels);
  for (gsize q = 0; q < QUERIES; q++)
    rows[q] = tokens - 1 - tokens * q / 16;
  if (!scope_field_starts (layer, rows, QUERIES, 0, channels, SCOPE_FIELD_EPSILON, starts, progress,
                           error))
    return FALSE;
  for (gsize h = 0; h < channels; h++) {
    double cover[QUERIES];
    for (gsize q = 0; q < QUERIES; q++)
      cover[q]
          = (double)scope_field_length (rows[q], starts[q * channels + h]) / (double)(rows[q] + 1);
    out[h] = median_of_three (cover[0], cover[1], cover[2]);
  }
  return TRUE;
}

/* (layers, channels) over the first TOKENS tokens. */
static ScopeMatrix *
text_cover (ScopePass *pass, gsize tokens, ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = scope_model_config (scope_schedule_model (pass->model->schedule));
  ScopeProgress running = scope_progress_span (progress, 0.0, 0.3);
  g_autoptr (ScopeTrace) trace = scope_schedule_run (pass->model->schedule, pass->ids, tokens, NULL,
                                                     SCOPE_RUN_KEEP_RESIDUAL, &running, error);
  g_autoptr (ScopeMatrix) out
      = trace != NULL ? scope_matrix_new (SCOPE_REAL_F64, config->n_layer, config->channels, error)
                      : NULL;
  for (gsize l = 0; out != NULL && l < config->n_layer; l++) {
    double *row = (double *)scope_matrix_data (out) + l * scope_matrix_stride (out);
    ScopeProgress one
        = scope_progress_span (progress, 0.3 + 0.7 * (double)l / (double)config->n_layer,
                               0.3 + 0.7 * (double)(l + 1) / (double)config->n_layer);
    if (!scope_progress_check (&one, 0.0, "fields", error)
        || !layer_cover (trace, l, row, &one, error))
      return NULL;
  }
  return g_steal_pointer (&out);
}

ScopeMatrix *
scope_recipe_story (ScopePass *pass, const ScopeMatrix *classes, double ln_theta,
                    gsize train_length, ScopeProgress *progress, GError **error)
{
  ScopeProgress first = scope_progress_span (progress, 0.0, 0.3);
  ScopeProgress second = scope_progress_span (progress, 0.3, 1.0);
  g_autoptr (ScopeMatrix) brief = text_cover (pass, train_length, &first, error);
  g_autoptr (ScopeMatrix) whole
      = brief != NULL ? text_cover (pass, pass->count, &second, error) : NULL;
  if (whole == NULL)
    return NULL;
  for (gsize l = 0; l < scope_matrix_rows (whole); l++)
    for (gsize h = 0; h < scope_matrix_columns (whole); h++) {
      gboolean global = scope_matrix_get (classes, l, h) > ln_theta;
      double told = scope_matrix_get (brief, l, h) * (1 - scope_matrix_get (whole, l, h));
      scope_matrix_set (whole, l, h, global ? told : 0);
    }
  return g_steal_pointer (&whole);
}
