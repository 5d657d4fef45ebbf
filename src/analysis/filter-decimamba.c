/* decimamba: DeciMamba (arXiv 2406.14528). In each decimating layer, number s of them (from 0), the
 * max(min(S', base β^s), 20) tokens of the S' at hand are kept whose Δ has the largest Euclidean
 * length over the channels, of equal ones the earlier; the scan of that layer and all later layers
 * see no others. The last tokens, `tail`, always stay: they are what is scored or continued. */
#include <math.h>

#include "analysis/filter-private.h"

#define LEAST_TOKENS 20
#define DEFAULT_BETA 0.5
#define DEFAULT_TAIL 1

typedef struct {
  double beta;
  gsize base, tail;
  GArray *layers; /* gsize, ascending */
} Decimation;

static void
decimation_free (gpointer data)
{
  Decimation *self = data;
  g_array_unref (self->layers);
  g_free (self);
}

/* Number s of LAYER among the decimating ones, or -1. */
static gssize
decimating (const Decimation *self, gsize layer)
{
  for (guint s = 0; s < self->layers->len; s++)
    if (g_array_index (self->layers, gsize, s) == layer)
      return s;
  return -1;
}

static gboolean
shape (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
       ScopePlanStep *step, GError **error)
{
  const Decimation *self = data;
  gssize s = decimating (self, layer);
  gsize count = scope_matrix_rows (delta);
  rows = MIN (rows, count > self->tail ? count - self->tail : 0);
  if (s < 0 || rows == 0)
    return TRUE;
  double most = MIN ((double)rows, (double)self->base * pow (self->beta, (double)s));
  gsize keep = MIN ((gsize)MAX (most, LEAST_TOKENS), rows);
  g_autofree double *scores = scope_score_tokens (delta, rows, NULL);
  step->kept = scope_select_largest (scores, rows, keep, scope_score_rounding (delta));
  for (gsize t = rows; t < count; t++)
    g_array_append_val (step->kept, t);
  return TRUE;
}

/* layers= of the SPEC, or the middle one. */
static GArray *
find_layers (const ScopeFilter *filter, gsize n_layer, GError **error)
{
  const GArray *given = scope_filter_list (filter, "layers");
  g_autoptr (GArray) layers = g_array_new (FALSE, FALSE, sizeof (gsize));
  gsize middle = n_layer / 2;
  if (given == NULL)
    g_array_append_val (layers, middle);
  for (guint i = 0; given != NULL && i < given->len; i++) {
    gsize layer = (gsize)g_array_index (given, double, i);
    if (layer >= n_layer || (i > 0 && layer <= g_array_index (layers, gsize, i - 1))) {
      scope_filter_refuse (scope_filter_spec (filter), error,
                           "layers: expected ascending layers from 0 to %" G_GSIZE_FORMAT
                           ", found %" G_GSIZE_FORMAT,
                           n_layer - 1, layer);
      return NULL;
    }
    g_array_append_val (layers, layer);
  }
  return g_steal_pointer (&layers);
}

static char *
make_spec (const ScopeFilter *filter, const Decimation *self)
{
  double base = (double)self->base, tail = (double)self->tail;
  if (scope_filter_gives (filter, "layers"))
    return scope_filter_canonical (filter, "beta", self->beta, "base", base, "tail", tail, NULL);
  double layer = (double)g_array_index (self->layers, gsize, 0);
  return scope_filter_canonical (filter, "beta", self->beta, "base", base, "tail", tail, "layers",
                                 layer, NULL);
}

static ScopePlan *
make_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids, gsize count,
           ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = scope_filter_context_config (context);
  gsize train_length;
  if (!scope_filter_context_facts (context, filter, &train_length, NULL, error))
    return NULL;
  GArray *layers = find_layers (filter, config->n_layer, error);
  if (layers == NULL)
    return NULL;
  Decimation *self = g_new (Decimation, 1);
  *self = (Decimation){ .beta = scope_filter_real (filter, "beta", DEFAULT_BETA),
                        .base = scope_filter_size (filter, "base", train_length),
                        .tail = scope_filter_size (filter, "tail", DEFAULT_TAIL),
                        .layers = layers };
  g_autofree char *spec = make_spec (filter, self);
  return scope_plan_new_shaping (spec, config->n_layer, config->channels, SCOPE_PLAN_DROPS_TOKENS,
                                 shape, self, decimation_free);
}

static const ScopeFilterParameter beta = {
  .name = "beta",
  .kind = SCOPE_FILTER_REAL,
  .unit = "factor",
  .low = 0,
  .high = 1,
  .above = TRUE,
  .fallback = "0.5",
  .summary = "from one decimating layer to the next, so many times fewer tokens are kept",
};

static const ScopeFilterParameter base = {
  .name = "base",
  .kind = SCOPE_FILTER_WHOLE,
  .unit = "tokens",
  .low = 1,
  .high = G_MAXINT32,
  .summary = "how many tokens the first decimating layer keeps (default: the training length)",
};

static const ScopeFilterParameter layers = {
  .name = "layers",
  .kind = SCOPE_FILTER_WHOLES,
  .unit = "layers",
  .low = 0,
  .high = G_MAXINT16,
  .summary = "the decimating layers, from 0, with slashes between (default: the middle one)",
};

static const ScopeFilterParameter tail = {
  .name = "tail",
  .kind = SCOPE_FILTER_WHOLE,
  .unit = "tokens",
  .low = 1,
  .high = G_MAXINT32,
  .fallback = "1",
  .summary
  = "so many tokens at the end always stay: only tokens that stay have logits (perplexity adds "
    "those that it scores)",
};

static const ScopeFilterParameter *const parameters[]
    = { &beta, &base, &layers, &tail, &scope_parameter_gate };

const ScopeFilterMethod scope_filter_decimamba
    = { .info = { "decimamba", "DeciMamba",
                  "keep the tokens with the largest Δ, and drop the others for good", parameters,
                  G_N_ELEMENTS (parameters) },
        .plan = make_plan };
