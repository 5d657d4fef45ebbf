#include "session/what-if-private.h"

#include <math.h>

#include "analysis/decay.h"

void
scope_what_if_order_free (ScopeWhatIfOrder *self)
{
  g_clear_pointer (&self->look, scope_look_unref);
  g_clear_pointer (&self->before, scope_outcome_unref);
  g_free (self);
}

void
scope_what_if_network_free (ScopeWhatIfNetwork *self)
{
  g_clear_pointer (&self->before, scope_outcome_unref);
  g_clear_pointer (&self->after, scope_outcome_unref);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeWhatIfNetwork, scope_what_if_network_free)

/* The run's own plan with the order's edit in it. */
static ScopePlan *
edited_plan (const ScopeWhatIfOrder *order)
{
  const ScopeConfig *config = scope_model_config (order->look->stage->host->model);
  return scope_plan_edited (scope_trace_plan (order->look->run->trace), &order->edit,
                            config->n_layer, config->channels);
}

/* --- curves -------------------------------------------------------------------------------------
 */

static void
curve_init (ScopeWhatIfCurve *curve, gsize begin, gsize end)
{
  *curve = (ScopeWhatIfCurve){ .begin = begin,
                               .end = end,
                               .count = MIN (end - begin, SCOPE_WHAT_IF_POINTS) };
}

/* Where the K-th stretch begins; the COUNT-th is the end. */
static gsize
stretch (const ScopeWhatIfCurve *curve, gsize k)
{
  return curve->begin + (curve->end - curve->begin) * k / curve->count;
}

static gsize
stretch_of (const ScopeWhatIfCurve *curve, gsize token)
{
  gsize k = (token - curve->begin) * curve->count / (curve->end - curve->begin);
  return token >= stretch (curve, k + 1) ? k + 1 : k; /* the division rounds down twice */
}

/* --- the layer ----------------------------------------------------------------------------------
 */

typedef struct {
  const ScopeWhatIfOrder *order;
  ScopeLayerTrace *before, *after;
  ScopeWhatIfLayer *out;
} Preview;

/* The column's cells from the token on: POINTS take the largest of each stretch, MOST that of all.
 */
static gboolean
read_column (const Preview *self, ScopeLayerTrace *layer, double *points, double *most,
             ScopeProgress *progress, GError **error)
{
  const ScopeWhatIfCurve *curve = &self->out->curve[SCOPE_WHAT_IF_COLUMN];
  const ScopeMapSpec spec = { .channel = self->order->channel, .lane = -1 };
  gsize token = self->order->edit.token;
  ScopeRange range = { token, curve->end, token, token + 1 };
  g_autoptr (ScopeMatrix) column = scope_attention_tile (layer, &spec, range, progress, error);

  if (column == NULL)
    return FALSE;
  *most = 0;
  for (gsize r = 0; r < scope_matrix_rows (column); r++) {
    double value = fabs (scope_matrix_get (column, r, 0));
    gsize k = stretch_of (curve, token + r);
    points[k] = fmax (points[k], value);
    *most = fmax (*most, value);
  }
  return TRUE;
}

/* ln decay of the channel at the end of each stretch; returns the last. */
static gboolean
read_decay (const Preview *self, ScopeLayerTrace *layer, double *points, double *last,
            GError **error)
{
  const ScopeWhatIfCurve *curve = &self->out->curve[SCOPE_WHAT_IF_DECAY];
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, error);
  const ScopeMatrix *a
      = delta != NULL ? scope_layer_trace_matrix (layer, SCOPE_LAYER_A, error) : NULL;

  if (a == NULL)
    return FALSE;
  gsize rates = scope_matrix_columns (a), channel = self->order->channel;
  g_autofree double *rate = g_new (double, rates);
  g_autofree double *steps = g_new (double, curve->end);
  for (gsize n = 0; n < rates; n++)
    rate[n] = scope_matrix_get (a, channel, n);
  for (gsize t = 0; t < curve->end; t++)
    steps[t] = scope_matrix_get (delta, t, channel);
  *last = 0;
  for (gsize k = 0; k < curve->count; k++) {
    gsize begin = stretch (curve, k), end = stretch (curve, k + 1);
    *last += scope_decay_ln (steps + begin, end - begin, rate, rates);
    points[k] = *last;
  }
  return TRUE;
}

typedef struct {
  double change, size; /* sums of squares */
} Distance;

static Distance
row_distance (const ScopeMatrix *before, const ScopeMatrix *after, gsize row, gsize first,
              gsize count)
{
  Distance out = { 0, 0 };
  for (gsize e = first; e < first + count; e++) {
    double y = scope_matrix_get (before, row, e), change = scope_matrix_get (after, row, e) - y;
    out.change += change * change;
    out.size += y * y;
  }
  return out;
}

static double
relative (Distance sum)
{
  return sum.change == 0 ? 0 : sqrt (sum.change / sum.size);
}

static void
add (Distance *sum, Distance more)
{
  sum->change += more.change;
  sum->size += more.size;
}

/* y before and after, of the channel's lanes and of all. */
static gboolean
read_output (const Preview *self, ScopeProgress *progress, GError **error)
{
  ScopeWhatIfCurve *curve = &self->out->curve[SCOPE_WHAT_IF_OUTPUT];
  const ScopeMatrix *before = scope_layer_trace_matrix (self->before, SCOPE_LAYER_Y, error);
  const ScopeMatrix *after
      = before != NULL ? scope_layer_trace_matrix (self->after, SCOPE_LAYER_Y, error) : NULL;
  if (after == NULL)
    return FALSE;
  const ScopeConfig *config = scope_model_config (scope_layer_trace_model (self->before));
  gsize lanes = config->lanes, first = self->order->channel * lanes;
  Distance own = { 0, 0 }, all = { 0, 0 };
  for (gsize t = curve->begin; t < curve->end; t++) {
    Distance here = row_distance (before, after, t, first, lanes);
    gsize k = stretch_of (curve, t);
    curve->before[k] = fmax (curve->before[k], sqrt (here.size));
    curve->after[k] = fmax (curve->after[k], sqrt (here.change));
    add (&own, here);
    add (&all, row_distance (before, after, t, 0, scope_matrix_columns (before)));
    if (t % 1024 == 0
        && !scope_progress_check (progress, (double)t / (double)curve->end, "comparing outputs",
                                  error))
      return FALSE;
  }
  self->out->output = relative (own);
  self->out->output_all = relative (all);
  return TRUE;
}

static double
delta_at (ScopeLayerTrace *layer, gsize token, gsize channel)
{
  return scope_matrix_get (scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, NULL), token,
                           channel);
}

static gboolean
compare (const Preview *self, ScopeProgress *progress, GError **error)
{
  ScopeWhatIfLayer *out = self->out;
  ScopeWhatIfCurve *curve = out->curve;
  gsize length = scope_layer_trace_length (self->before);

  curve_init (&curve[SCOPE_WHAT_IF_COLUMN], out->token, length);
  curve_init (&curve[SCOPE_WHAT_IF_DECAY], 0, length);
  curve_init (&curve[SCOPE_WHAT_IF_OUTPUT], out->token, length);
  if (!read_column (self, self->before, curve[SCOPE_WHAT_IF_COLUMN].before, &out->column_before,
                    progress, error)
      || !read_column (self, self->after, curve[SCOPE_WHAT_IF_COLUMN].after, &out->column_after,
                       progress, error)
      || !read_decay (self, self->before, curve[SCOPE_WHAT_IF_DECAY].before, &out->decay_before,
                      error)
      || !read_decay (self, self->after, curve[SCOPE_WHAT_IF_DECAY].after, &out->decay_after, error)
      || !read_output (self, progress, error))
    return FALSE;
  out->delta_before = delta_at (self->before, out->token, out->channel);
  out->delta_after = delta_at (self->after, out->token, out->channel);
  return TRUE;
}

gpointer
scope_what_if_work_layer (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWhatIfOrder *order = input;
  ScopeTrace *trace = order->look->run->trace;
  g_autoptr (ScopePlan) plan = edited_plan (order);
  ScopeProgress reading = scope_progress_span (progress, 0.0, 0.7);
  ScopeProgress comparing = scope_progress_span (progress, 0.7, 1.0);
  g_autofree ScopeWhatIfLayer *out = g_new0 (ScopeWhatIfLayer, 1);

  out->layer = order->edit.layer;
  out->channel = order->channel;
  out->token = order->edit.token;
  g_autoptr (ScopeLayerTrace) after = scope_trace_layer (trace, out->layer, plan, &reading, error);
  if (after == NULL)
    return NULL;
  scope_trace_forget (trace, plan); /* a slider's way must not push out what others look at */
  const Preview preview = { order, order->look->layer, after, out };
  return compare (&preview, &comparing, error) ? g_steal_pointer (&out) : NULL;
}

/* --- the network --------------------------------------------------------------------------------
 */

gpointer
scope_what_if_work_network (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWhatIfOrder *order = input;
  const ScopeLook *look = order->look;
  g_autoptr (ScopePlan) plan = edited_plan (order);
  g_autoptr (ScopeWhatIfNetwork) out = g_new0 (ScopeWhatIfNetwork, 1);
  ScopeProgress first = scope_progress_span (progress, 0.0, 0.1);
  ScopeProgress running = scope_progress_span (progress, 0.1, 0.9);
  ScopeProgress second = scope_progress_span (progress, 0.9, 1.0);

  out->before = order->before != NULL
                    ? scope_outcome_ref (order->before)
                    : scope_outcome_new (look->stage, look->run->trace, &first, error);
  if (out->before == NULL)
    return NULL;
  g_autoptr (ScopeTrace) trace
      = scope_trace_rerun (look->run->trace, plan, order->edit.layer, &running, error);
  if (trace == NULL)
    return NULL;
  out->after = scope_outcome_new (look->stage, trace, &second, error);
  return out->after != NULL ? g_steal_pointer (&out) : NULL;
}
