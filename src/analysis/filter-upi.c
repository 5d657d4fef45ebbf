/* upi: UPI (ICLR 2026). In the heads that look farthest, Δ is divided by n = S / L. How far a head
 * looks is its Mamba mean distance on the first L tokens, unfiltered:
 *
 *   MMD = Σ_j (l - j) |α[l,j]| / Σ_j |α[l,j]|,  l the last of them.
 *
 * The share of heads is of the whole model, or of each layer. */
#include <math.h>
#include <stdlib.h>

#include "analysis/analysis-private.h"
#include "analysis/filter-private.h"
#include "base/parallel.h"

#define DEFAULT_SHARE 0.2

/* ---- the distances */

typedef struct {
  const ScopeMatrix *delta, *prefix, *a, *b, *c;
  gsize groups, states, layer;
  ScopeMatrix *out; /* (layers, channels) */
} Job;

/* |α[l,j]| with l the last token. */
static double
weight (const Job *self, gsize channel, gsize j)
{
  gsize last = scope_matrix_rows (self->delta) - 1, rates = scope_matrix_columns (self->a);
  gsize first = channel / (scope_matrix_columns (self->delta) / self->groups) * self->states;
  double gap = scope_matrix_get (self->prefix, last, channel)
               - scope_matrix_get (self->prefix, j, channel);
  double sum = 0;
  for (gsize n = 0; n < self->states; n++)
    sum += scope_matrix_get (self->c, last, first + n) * scope_matrix_get (self->b, j, first + n)
           * exp (scope_matrix_get (self->a, channel, rates > 1 ? n : 0) * gap);
  return fabs (sum * scope_matrix_get (self->delta, j, channel));
}

static void
measure_channels (gsize begin, gsize end, guint worker, gpointer data)
{
  const Job *self = data;
  gsize count = scope_matrix_rows (self->delta);
  for (gsize h = begin; h < end; h++) {
    double distances = 0, weights = 0;
    for (gsize j = 0; j < count; j++) {
      double w = weight (self, h, j);
      distances += (double)(count - 1 - j) * w;
      weights += w;
    }
    scope_matrix_set (self->out, self->layer, h, weights > 0 ? distances / weights : 0);
  }
}

static gboolean
measure_layer (ScopeTrace *trace, gsize index, ScopeMatrix *out, ScopeProgress *progress,
               GError **error)
{
  g_autoptr (ScopeLayerTrace) layer
      = scope_trace_layer (trace, index, SCOPE_PLAN_NONE, progress, error);
  if (layer == NULL)
    return FALSE;
  const ScopeConfig *config = scope_layer_config (layer);
  Job job = { .groups = config->groups, .states = config->d_state, .layer = index, .out = out };
  const struct {
    ScopeLayerPart part;
    const ScopeMatrix **matrix;
  } parts[] = { { SCOPE_LAYER_DELTA, &job.delta },
                { SCOPE_LAYER_PREFIX, &job.prefix },
                { SCOPE_LAYER_A, &job.a },
                { SCOPE_LAYER_B, &job.b },
                { SCOPE_LAYER_C, &job.c } };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    *parts[i].matrix = scope_layer_trace_matrix (layer, parts[i].part, error);
    if (*parts[i].matrix == NULL)
      return FALSE;
  }
  scope_parallel_for (config->channels, 1, measure_channels, &job);
  return TRUE;
}

static ScopeMatrix *
measure (ScopeFilterContext *context, const gint32 *ids, gsize count, ScopeProgress *progress,
         GError **error)
{
  const ScopeConfig *config = scope_filter_context_config (context);
  ScopeProgress running = scope_progress_span (progress, 0, 0.5);
  g_autoptr (ScopeMatrix) out
      = scope_matrix_new (SCOPE_REAL_F64, config->n_layer, config->channels, error);
  g_autoptr (ScopeTrace) trace
      = out != NULL ? scope_schedule_run (scope_filter_context_schedule (context), ids, count, NULL,
                                          SCOPE_RUN_KEEP_RESIDUAL, &running, error)
                    : NULL;
  for (gsize i = 0; trace != NULL && i < config->n_layer; i++) {
    double done = (double)i / (double)config->n_layer;
    ScopeProgress part
        = scope_progress_span (progress, 0.5 + done / 2, 0.5 + (done + 1.0 / config->n_layer) / 2);
    if (!measure_layer (trace, i, out, &part, error))
      return NULL;
  }
  return trace != NULL ? g_steal_pointer (&out) : NULL;
}

/* Kept for the text's beginning. */
static ScopeMatrix *
find_distances (ScopeFilterContext *context, const gint32 *ids, gsize count,
                ScopeProgress *progress, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, (const guchar *)ids, (gssize)(count * sizeof *ids));
  ScopeMatrix *known = scope_filter_context_recall (context, g_checksum_get_string (sum));
  if (known != NULL)
    return scope_matrix_ref (known);
  ScopeMatrix *made = measure (context, ids, count, progress, error);
  if (made != NULL)
    scope_filter_context_keep (context, g_checksum_get_string (sum), made);
  return made;
}

/* ---- the plan: a factor for each channel, (layers, channels) */

/* FACTOR for the COUNT heads of [begin, end) that look farthest, of equal ones the first. */
static void
mark_farthest (const double *distances, gsize begin, gsize end, double share, double factor,
               double *out)
{
  gsize count = (gsize)(share * (double)(end - begin) + 0.5);
  g_autoptr (GArray) far = scope_select_largest (distances + begin, end - begin, count, 0);
  for (guint i = 0; i < far->len; i++)
    out[begin + g_array_index (far, gsize, i)] = factor;
}

static ScopeMatrix *
make_factors (const ScopeFilter *filter, const ScopeMatrix *distances, double factor,
              GError **error)
{
  gsize layers = scope_matrix_rows (distances), channels = scope_matrix_columns (distances);
  double share = scope_filter_real (filter, "share", DEFAULT_SHARE);
  ScopeMatrix *out = scope_matrix_new (SCOPE_REAL_F64, layers, channels, error);
  if (out == NULL)
    return NULL;
  const double *from = scope_matrix_data ((ScopeMatrix *)distances);
  double *to = scope_matrix_data (out);
  for (gsize i = 0; i < layers * channels; i++)
    to[i] = 1;
  if (scope_filter_chooses (filter, "across", "model"))
    mark_farthest (from, 0, layers * channels, share, factor, to);
  else
    for (gsize i = 0; i < layers; i++)
      mark_farthest (from, i * channels, (i + 1) * channels, share, factor, to);
  return out;
}

static gboolean
shape (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
       ScopePlanStep *step, GError **error)
{
  step->delta = scope_scale_delta (delta, rows, scope_matrix_row_f64 (data, layer), error);
  return step->delta != NULL;
}

static ScopePlan *
make_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids, gsize count,
           ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = scope_filter_context_config (context);
  gsize train_length;
  if (!scope_filter_context_facts (context, filter, &train_length, NULL, error))
    return NULL;
  g_autoptr (ScopeMatrix) distances
      = find_distances (context, ids, MIN (count, train_length), progress, error);
  double n = scope_filter_real (filter, "n", (double)count / (double)train_length);
  ScopeMatrix *factors = distances != NULL ? make_factors (filter, distances, 1 / n, error) : NULL;
  if (factors == NULL)
    return NULL;
  g_autofree char *spec = scope_filter_canonical (
      filter, "share", scope_filter_real (filter, "share", DEFAULT_SHARE), "n", n, NULL);
  return scope_plan_new_shaping (spec, config->n_layer, config->channels, SCOPE_PLAN_READS_DELTA,
                                 shape, factors, (GDestroyNotify)scope_matrix_unref);
}

static const ScopeFilterParameter share = {
  .name = "share",
  .kind = SCOPE_FILTER_REAL,
  .unit = "share",
  .low = 0,
  .high = 1,
  .fallback = "0.2",
  .summary = "share of the channels, those that look farthest, whose Δ is divided",
};

static const ScopeFilterParameter divisor = {
  .name = "n",
  .kind = SCOPE_FILTER_REAL,
  .unit = "divisor",
  .low = 0,
  .high = 1e6,
  .above = TRUE,
  .summary = "what Δ is divided by (default: S / L, the input's length over the training length)",
};

static const ScopeFilterParameter across = {
  .name = "across",
  .kind = SCOPE_FILTER_CHOICE,
  .fallback = "model",
  .choices = "model|layer",
  .summary = "whether the share is of all channels of the model, or of each layer's",
};

static const ScopeFilterParameter *const parameters[]
    = { &share, &divisor, &across, &scope_parameter_gate };

const ScopeFilterMethod scope_filter_upi
    = { .info = { "upi", "UPI", "divide Δ by S / L in the channels that look farthest", parameters,
                  G_N_ELEMENTS (parameters) },
        .plan = make_plan };
