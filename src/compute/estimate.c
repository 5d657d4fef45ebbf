#include "compute/estimate.h"

#include "compute/compute-private.h"
#include "compute/meter.h"

static gsize
taken (const ScopeSchedule *self)
{
  return scope_metered_bytes (self->backend);
}

/* The first layer of each kind: the others are like it. */
static gboolean
estimate_layers (ScopeTrace *trace, ScopeEstimate *out, GError **error)
{
  const ScopeConfig *config = trace->schedule->config;
  gboolean seen[2] = { FALSE, FALSE };
  for (gsize i = 0; i < config->n_layer; i++) {
    gboolean hybrid = scope_config_layer_kind (config, i) == SCOPE_LAYER_HYBRID;
    if (seen[hybrid])
      continue;
    seen[hybrid] = TRUE;
    g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, i, SCOPE_PLAN_NONE, NULL, error);
    if (layer == NULL)
      return FALSE;
    out->layer = MAX (out->layer, scope_layer_trace_bytes (layer));
    g_queue_clear_full (&trace->layers, (GDestroyNotify)scope_layer_trace_unref);
  }
  return TRUE;
}

/* On a device more rows of logits are made at a time than there is memory for at last: the schedule
 * then makes fewer. Counted are those that it tries first. */
static gboolean
estimate_logits (ScopeTrace *trace, ScopeEstimate *out, GError **error)
{
  ScopeSchedule *schedule = trace->schedule;
  const ScopeConfig *config = schedule->config;
  double work = (double)config->vocab_size * config->d_model;
  gsize rows = MIN (scope_schedule_rows_for (schedule, work), trace->length);
  out->logits = (guint64)rows
                * (config->d_model * scope_type_size (schedule->backend->wide_type)
                   + config->vocab_size * scope_type_size (scope_backend_real (schedule->backend)));
  return scope_schedule_run_logits (schedule, scope_trace_final (trace), NULL, NULL, error);
}

static gboolean
estimate_run (ScopeSchedule *schedule, gsize length, ScopeRunFlags flags, ScopeEstimate *out,
              GError **error)
{
  out->weights = taken (schedule);
  if (!scope_schedule_prepare (schedule, error))
    return FALSE;
  out->chunk = schedule->chunk;
  out->workspace = taken (schedule) - out->weights;
  g_autoptr (ScopeTrace) trace = scope_trace_alloc (schedule, length, NULL, flags, error);
  if (trace == NULL)
    return FALSE;
  out->trace = taken (schedule) - out->weights - out->workspace;
  gboolean kept = (flags & SCOPE_RUN_KEEP_RESIDUAL) != 0;
  return scope_schedule_embed (schedule, NULL, length, trace->room.residuals[0], error)
         && estimate_logits (trace, out, error) && (!kept || estimate_layers (trace, out, error));
}

gboolean
scope_estimate (ScopeModel *model, ScopeBackend *backend, gsize length, gsize chunk,
                ScopeRunFlags flags, ScopeEstimate *out, GError **error)
{
  g_autoptr (ScopeBackend) meter = scope_metered_new_dry (backend);
  *out = (ScopeEstimate){ .files = scope_model_bytes (model) };
  g_autoptr (ScopeSchedule) schedule = scope_schedule_new (model, meter, NULL, error);
  if (schedule == NULL)
    return FALSE;
  if (chunk > 0)
    scope_schedule_set_chunk (schedule, chunk);
  if (!estimate_run (schedule, length, flags, out, error))
    return FALSE;
  out->peak = scope_metered_peak (meter);
  return TRUE;
}

char *
scope_bytes_text (guint64 bytes)
{
  static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  double value = (double)bytes / 1000;
  gsize unit = 0;
  if (bytes < 1000)
    return g_strdup_printf ("%u bytes", (guint)bytes);
  for (; value >= 999.5 && unit + 1 < G_N_ELEMENTS (units); unit++)
    value /= 1000;
  g_ascii_formatd (number, sizeof number, value < 99.95 ? "%.1f" : "%.0f", value);
  return g_strdup_printf ("%s %s", number, units[unit]);
}
