#include "analysis/sensitivity.h"

#include <math.h>
#include <string.h>

#include "analysis/analysis-private.h"
#include "analysis/channels.h"
#include "base/error.h"

const double scope_sensitivity_thetas[]
    = { 1e-40, 1e-30, 1e-20, 1e-10, 1e-5, 1e-4, 1e-3, 1e-2, 5e-2, 1e-1, 5e-1 };
const double scope_sensitivity_tops[] = { 0, 0.05, 0.1, 0.15, 0.2 };
G_STATIC_ASSERT (G_N_ELEMENTS (scope_sensitivity_thetas) == SCOPE_SENSITIVITY_THETAS);
G_STATIC_ASSERT (G_N_ELEMENTS (scope_sensitivity_tops) == SCOPE_SENSITIVITY_TOPS);

/* One channel under one C. */
typedef struct {
  double ln_decay, kept, achieved, unfiltered;
} Channel;

typedef struct {
  gsize window, layers;
  gsize channels;    /* of all layers */
  Channel *measured; /* (tops, channels) */
  const double *tops, *thetas;
  gsize n_tops, n_thetas;
  ScopeProgress *progress;
  GArray *out;
} Survey;

typedef struct {
  const Survey *survey;
  const ScopeMatrix *delta, *a;
  gsize first; /* of the layer's channels, among those of all layers */
} LayerJob;

static double
ratio (double sum, double target)
{
  return target > 0 ? sum / target : NAN;
}

/* SORTED: memory for the window. */
static Channel
measure_top (const LayerJob *job, gsize channel, double top, const double *values, double *sorted)
{
  gsize count = scope_matrix_rows (job->delta), window = job->survey->window, kept = 0;
  memcpy (sorted, values, window * sizeof *sorted);
  ScopeChannelWindow first
      = scope_channel_window (job->delta, job->a, channel, sorted, window, top);
  double g = scope_calibrate_threshold (sorted, window, first.target, count, NULL);
  double all = 0, left = 0;
  for (gsize t = 0; t < count; t++) {
    gboolean stays = values[t] > g;
    all += values[t];
    left += stays ? values[t] : 0;
    kept += stays;
  }
  return (Channel){ first.ln_decay, (double)kept / (double)count, ratio (left, first.target),
                    ratio (all, first.target) };
}

static void
measure_channel (gsize channel, double *values, gpointer data)
{
  const LayerJob *job = data;
  const Survey *survey = job->survey;
  g_autofree double *sorted = g_new (double, survey->window);
  for (gsize c = 0; c < survey->n_tops; c++)
    survey->measured[c * survey->channels + job->first + channel]
        = measure_top (job, channel, survey->tops[c], values, sorted);
}

static ScopeSensitivity
sum_up (const Channel *channels, gsize count, double theta)
{
  ScopeSensitivity out = { .theta = theta };
  g_autofree double *achieved = g_new (double, count);
  g_autofree double *unfiltered = g_new (double, count);
  double kept = 0;
  for (gsize h = 0; h < count; h++) {
    if (!(channels[h].ln_decay > log (theta)))
      continue;
    achieved[out.global] = channels[h].achieved;
    unfiltered[out.global++] = channels[h].unfiltered;
    kept += channels[h].kept;
  }
  out.kept = out.global > 0 ? kept / (double)out.global : NAN;
  out.achieved = scope_median (achieved, out.global);
  out.unfiltered = scope_median (unfiltered, out.global);
  return out;
}

/* The COUNT channels from FIRST on, which are those of LAYER. */
static void
add_rows (const Survey *self, gsize layer, gsize first, gsize count)
{
  for (gsize c = 0; c < self->n_tops; c++)
    for (gsize k = 0; k < self->n_thetas; k++) {
      ScopeSensitivity row
          = sum_up (self->measured + c * self->channels + first, count, self->thetas[k]);
      row.layer = layer;
      row.top = self->tops[c];
      g_array_append_val (self->out, row);
    }
}

/* Called by the schedule with each layer's Δ. */
static gboolean
survey_layer (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
              GError **error)
{
  const Survey *self = data;
  gsize channels = scope_matrix_columns (delta);
  LayerJob job = { self, delta, a, layer * channels };
  if (!scope_progress_check (self->progress, (double)layer / (double)self->layers, "measuring",
                             error))
    return FALSE;
  scope_matrix_each_column (delta, 0, channels, scope_matrix_rows (delta), measure_channel, &job);
  add_rows (self, layer, job.first, channels);
  return TRUE;
}

static gboolean
check_length (gsize count, gsize window, GError **error)
{
  if (count > window)
    return TRUE;
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "the text has %" G_GSIZE_FORMAT " tokens: expected more than the training length,"
               " %" G_GSIZE_FORMAT,
               count, window);
  return FALSE;
}

GArray *
scope_sensitivity (ScopeSchedule *schedule, gsize train_length, const gint32 *ids, gsize count,
                   const double *tops, gsize n_tops, const double *thetas, gsize n_thetas,
                   ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = scope_model_config (scope_schedule_model (schedule));
  gsize window = train_length > 0 ? train_length : scope_config_train_length (config);
  gsize channels = config->n_layer * config->channels;
  if (!check_length (count, window, error))
    return NULL;
  g_autofree Channel *measured = g_new (Channel, n_tops * channels);
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (ScopeSensitivity));
  Survey self = { window, config->n_layer, channels, measured, tops,
                  thetas, n_tops,          n_thetas, progress, out };
  g_autoptr (ScopePlan) plan = scope_plan_new_reading ("sensitivity", config->n_layer,
                                                       config->channels, survey_layer, &self);
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (schedule, ids, count, plan, SCOPE_RUN_LOGITS_ONLY, progress, error);
  if (trace == NULL)
    return NULL;
  add_rows (&self, SCOPE_SENSITIVITY_ALL, 0, channels);
  return g_steal_pointer (&out);
}
