/* One cell taken apart, and the proof that the cells are right. */
#include <cblas.h>
#include <math.h>

#include "analysis/analysis-private.h"
#include "base/error.h"

/* Where the states of a channel's group begin in B and C. */
static gsize
group_offset (const ScopeConfig *config, gsize channel)
{
  return channel / (config->channels / config->groups) * config->d_state;
}

static gboolean
check_cell (ScopeLayerTrace *layer, gsize channel, gsize row, gsize column, GError **error)
{
  ScopeRange range = { row, row + 1, column, column + 1 };
  return scope_check_channel (layer, channel, error) && scope_check_range (layer, range, error);
}

static double
cell_terms (ScopeCell *cell, const ScopeMatrix *rates, gsize channel, gboolean live)
{
  double sum = 0;
  for (gsize n = 0; n < cell->states; n++) {
    double rate = scope_matrix_get (rates, channel, MIN (n, scope_matrix_columns (rates) - 1));
    cell->rate[n] = rate;
    cell->decay[n] = live ? exp (rate * cell->span) : 0.0;
    cell->term[n] = cell->c[n] * cell->decay[n] * cell->delta_j * cell->b[n];
    sum += cell->term[n];
  }
  return sum;
}

static gboolean
is_on_host (const ScopeLayerTrace *layer)
{
  return scope_schedule_backend (scope_layer_trace_schedule (layer))->host_memory;
}

gboolean
scope_attention_fetch_cells (ScopeLayerTrace *layer, GError **error)
{
  static const ScopeLayerPart parts[]
      = { SCOPE_LAYER_DELTA, SCOPE_LAYER_A, SCOPE_LAYER_B, SCOPE_LAYER_C, SCOPE_LAYER_PREFIX };
  gsize count = G_N_ELEMENTS (parts) - (is_on_host (layer) ? 0 : 1);
  for (gsize i = 0; i < count; i++)
    if (scope_layer_trace_matrix (layer, parts[i], error) == NULL)
      return FALSE;
  return TRUE;
}

/* P_i - P_j. The prefix sums are twice as many bytes as Δ: where they would have to be copied, Δ is
 * summed. */
static double
read_span (ScopeLayerTrace *layer, const ScopeMatrix *delta, gsize channel, gsize row, gsize column)
{
  double span = 0;
  if (is_on_host (layer)) {
    const ScopeMatrix *prefix = scope_layer_trace_matrix (layer, SCOPE_LAYER_PREFIX, NULL);
    return scope_matrix_get (prefix, row, channel) - scope_matrix_get (prefix, column, channel);
  }
  for (gsize t = MIN (row, column) + 1; t <= MAX (row, column); t++)
    span += scope_matrix_get (delta, t, channel);
  return row >= column ? span : -span;
}

gboolean
scope_attention_cell (ScopeLayerTrace *layer, gsize channel, gsize row, gsize column,
                      ScopeCell *out, GError **error)
{
  static const ScopeLayerPart parts[]
      = { SCOPE_LAYER_DELTA, SCOPE_LAYER_A, SCOPE_LAYER_B, SCOPE_LAYER_C };
  const ScopeMatrix *m[G_N_ELEMENTS (parts)];
  if (!check_cell (layer, channel, row, column, error)
      || !scope_attention_fetch_cells (layer, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    m[i] = scope_layer_trace_matrix (layer, parts[i], NULL);

  const ScopeConfig *config = scope_layer_config (layer);
  gsize group = group_offset (config, channel), states = config->d_state;
  ScopeCell cell = { .states = states,
                     .delta_j = scope_matrix_get (m[0], column, channel),
                     .rate = g_new (double, states),
                     .c = g_new (double, states),
                     .decay = g_new (double, states),
                     .b = g_new (double, states),
                     .term = g_new (double, states) };
  scope_matrix_read_row (m[2], column, group, states, cell.b);
  scope_matrix_read_row (m[3], row, group, states, cell.c);
  cell.span = read_span (layer, m[0], channel, row, column);
  cell.value = cell_terms (&cell, m[1], channel, column <= row);
  *out = cell;
  return TRUE;
}

void
scope_cell_clear (ScopeCell *cell)
{
  g_clear_pointer (&cell->rate, g_free);
  g_clear_pointer (&cell->c, g_free);
  g_clear_pointer (&cell->decay, g_free);
  g_clear_pointer (&cell->b, g_free);
  g_clear_pointer (&cell->term, g_free);
}

typedef struct {
  ScopeLayerTrace *layer;
  ScopeMapSpec spec;
  const ScopeMatrix *y;
  gsize first, lanes; /* of the channel */
  double *u;          /* (tokens, lanes) */
  double skip;        /* D */
} Proof;

/* The rows of one tile: (α + D I) u - y in double. */
static gboolean
prove_rows (Proof *self, gsize row, gsize count, ScopeProof *out, ScopeProgress *progress,
            GError **error)
{
  gsize columns = row + count, lanes = self->lanes;
  ScopeRange range = { row, row + count, 0, columns };
  g_autoptr (ScopeMatrix) tile
      = scope_attention_tile (self->layer, &self->spec, range, progress, error);
  if (tile == NULL)
    return FALSE;
  g_autofree double *alpha = g_new (double, count *columns);
  g_autofree double *product = g_new (double, count *lanes);
  g_autofree double *y = g_new (double, lanes);
  for (gsize r = 0; r < count; r++)
    scope_matrix_read_row (tile, r, 0, columns, alpha + r * columns);
  cblas_dgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)count, (blasint)lanes,
               (blasint)columns, 1.0, alpha, (blasint)columns, self->u, (blasint)lanes, 0.0,
               product, (blasint)lanes);
  for (gsize r = 0; r < count; r++) {
    scope_matrix_read_row (self->y, row + r, self->first, lanes, y);
    for (gsize p = 0; p < lanes; p++) {
      double left = product[r * lanes + p] + self->skip * self->u[(row + r) * lanes + p];
      double error_here = fabs (left - y[p]);
      /* A NaN must show: it is larger than any error. */
      out->error = isnan (error_here) ? INFINITY : MAX (out->error, error_here);
      out->scale = MAX (out->scale, fabs (y[p]));
    }
  }
  return TRUE;
}

gboolean
scope_map_proof (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeProof *out,
                 ScopeProgress *progress, GError **error)
{
  return spec->kind == SCOPE_MATRIX_SOFTMAX
             ? scope_softmax_proof (layer, spec->channel, out, progress, error)
             : scope_attention_proof (layer, spec->channel, out, progress, error);
}

gboolean
scope_attention_proof (ScopeLayerTrace *layer, gsize channel, ScopeProof *out,
                       ScopeProgress *progress, GError **error)
{
  if (!scope_check_channel (layer, channel, error))
    return FALSE;
  const ScopeMatrix *u = scope_layer_trace_matrix (layer, SCOPE_LAYER_U, error);
  const ScopeMatrix *d = u != NULL ? scope_layer_trace_matrix (layer, SCOPE_LAYER_D, error) : NULL;
  const ScopeMatrix *y = d != NULL ? scope_layer_trace_matrix (layer, SCOPE_LAYER_Y, error) : NULL;
  if (y == NULL)
    return FALSE;
  gsize tokens = scope_layer_trace_length (layer), lanes = scope_layer_config (layer)->lanes;
  g_autofree double *input = g_new (double, tokens *lanes);
  for (gsize t = 0; t < tokens; t++)
    scope_matrix_read_row (u, t, channel * lanes, lanes, input + t * lanes);
  Proof proof = { .layer = layer,
                  .spec = { .channel = channel, .kind = SCOPE_MATRIX_S6, .lane = -1 },
                  .y = y,
                  .first = channel * lanes,
                  .lanes = lanes,
                  .u = input,
                  .skip = scope_matrix_get (d, 0, channel) };
  ScopeProof found = { 0, 0 };
  for (gsize row = 0; row < tokens; row += SCOPE_DENSE_ROWS) {
    gsize count = MIN (SCOPE_DENSE_ROWS, tokens - row);
    ScopeProgress span
        = scope_progress_span (progress, (double)row / tokens, (double)(row + count) / tokens);
    if (!prove_rows (&proof, row, count, &found, &span, error))
      return FALSE;
  }
  *out = found;
  return TRUE;
}
