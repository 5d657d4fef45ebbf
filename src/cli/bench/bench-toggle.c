/* LongMamba's switch, from the click to the pixels' numbers: the filter's thresholds, the whole
 * network again, one layer's Δ, B and C, its map reduced and downloaded. What is known before the
 * click (the table, calibrated on --train-length tokens, or half of them) is made before the clock
 * starts, as in the window. */
#include "analysis/attention.h"
#include "cli/bench/bench.h"

#define BINS 512

typedef struct {
  Bench *bench;
  ScopeFilterContext *context;
  ScopeFilter *filter;
  const gint32 *ids;
  gsize count;
} Toggle;

static gboolean
repaint (const Toggle *self, ScopeTrace *trace, GError **error)
{
  const ScopeConfig *config = self->bench->config;
  g_autoptr (ScopeLayerTrace) layer
      = scope_trace_layer (trace, config->n_layer / 2, NULL, cli_progress (), error);
  if (layer == NULL)
    return FALSE;
  ScopeMapSpec spec = { .channel = config->channels / 2, .kind = SCOPE_MATRIX_S6, .lane = -1 };
  ScopeRange whole = { 0, self->count, 0, self->count };
  gsize bins = MIN (BINS, self->count);
  gboolean exact;
  g_autoptr (ScopeMatrix) map = scope_attention_overview (
      layer, &spec, whole, bins, bins, SCOPE_REDUCE_ABSMEAN, 0, &exact, cli_progress (), error);
  return map != NULL;
}

static gboolean
run_toggle (gpointer data, GError **error)
{
  const Toggle *self = data;
  g_autoptr (ScopePlan) plan = NULL;
  if (!scope_filter_plan (self->filter, self->context, self->ids, self->count, &plan,
                          cli_progress (), error))
    return FALSE;
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (self->bench->cli->schedule, self->ids, self->count, plan,
                            SCOPE_RUN_KEEP_RESIDUAL, cli_progress (), error);
  return trace != NULL && repaint (self, trace, error);
}

static gboolean
toggle_with (Toggle *self, const char *spec, GError **error)
{
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, error);
  if (filter == NULL)
    return FALSE;
  self->filter = filter;
  return bench_row (self->bench, "toggle", spec, self->count,
                    bench_forward_work (self->bench, self->count, FALSE), run_toggle, self, error);
}

gboolean
bench_toggle (Bench *self, const gint32 *ids, gsize count, GError **error)
{
  gsize train_length = self->cli->train_length > 0 ? self->cli->train_length : MAX (count / 2, 1);
  g_autoptr (ScopeFilterContext) context
      = scope_filter_context_new (self->cli->schedule, train_length);
  Toggle toggle = { .bench = self, .context = context, .ids = ids, .count = count };
  return toggle_with (&toggle, "longmamba", error)
         && toggle_with (&toggle, "longmamba-online", error);
}
