/* The full map: α_full = diag(SiLU(z)) α diag(sigmoid(v)) M, M[t,t-k] = w[K-1-k] (arXiv
 * 2405.16504).
 *
 * M has K bands and the rest is diagonal, so with j = m + k
 *
 *     α_full[i,m] = Σ_k α[i,m+k] · F_k[i,m+k],   F_k[i,j] = SiLU(z_i) sigmoid(v_j) w[K-1-k]
 *
 * and α, being 0 above the diagonal, ends the sum by itself. The lanes of a head share α; the mean
 * over them is the mean of the F_k, each a product of rank P: K products a tile, never P maps.
 *
 * Where a filter let fewer tokens into the layer, these are the convolution's neighbours: columns
 * are counted by place among them (entered.c), and come back to their tokens at the end. */
#include <math.h>

#include "analysis/analysis-private.h"
#include "base/parallel.h"

struct _ScopeFullMap {
  ScopeLayerTrace *layer;
  const ScopeLayerWeights *weights;
  ScopeBackend *backend;
  ScopeMapSpec spec;
  gsize first, tokens;      /* columns that are asked for, as tokens of the text */
  gsize begin, columns;     /* and by place */
  gsize width;              /* columns of α that it takes: those and up to K - 1 after them */
  gsize lane, lanes;        /* first lane, and how many are averaged */
  gsize taps;               /* K */
  GPtrArray *bands;         /* (taps) of ScopeMatrix (width, lanes): sigmoid(v_j) w[K-1-k] */
  ScopeScratch *on_backend; /* (taps) the same, where there are several lanes; else NULL */
};

static double
sigmoid (double x)
{
  return 1.0 / (1.0 + exp (-x));
}

/* COUNT elements of a column of X from place BEGIN on. */
static void
read_places (const ScopeFullMap *self, const ScopeMatrix *x, gsize column, gsize begin, gsize count,
             double *out)
{
  if (count == 0)
    return;
  gsize first = scope_entered_token (self->layer, begin);
  gsize end = scope_entered_token (self->layer, begin + count - 1) + 1;
  g_autofree double *all = g_new (double, end - first);
  scope_matrix_read_column (x, column, first, end - first, all);
  for (gsize i = 0; i < count; i++)
    out[i] = all[scope_entered_token (self->layer, begin + i) - first];
}

/* v of LANE at the columns of α, from what enters the convolution; rows before 0 are zeros. */
static void
convolve (ScopeFullMap *self, const ScopeMatrix *x, gsize lane, const double *weight, double *v)
{
  double bias = 0;
  if (self->weights->conv_bias != NULL)
    scope_weight_to_f64 (self->weights->conv_bias, lane, 1, &bias);
  gsize first = self->begin >= self->taps ? self->begin - self->taps + 1 : 0;
  gsize before = self->begin - first;
  g_autofree double *in = g_new (double, before + self->width);
  read_places (self, x, lane, first, before + self->width, in);
  for (gsize c = 0; c < self->width; c++) {
    gsize t = before + c;
    v[c] = bias;
    for (gsize k = 0; k < self->taps && k <= t; k++)
      v[c] += weight[self->taps - 1 - k] * in[t - k];
  }
}

/* sigmoid(v_j) w[K-1-k] of LANE: (taps, width). */
static void
lane_bands (ScopeFullMap *self, const ScopeMatrix *x, gsize lane, double *out)
{
  g_autofree double *weight = g_new (double, self->taps);
  g_autofree double *v = g_new (double, self->width);
  scope_weight_to_f64 (self->weights->conv, lane * self->taps, self->taps, weight);
  convolve (self, x, lane, weight, v);
  for (gsize c = 0; c < self->width; c++)
    v[c] = sigmoid (v[c]);
  for (gsize k = 0; k < self->taps; k++)
    for (gsize c = 0; c < self->width; c++)
      out[k * self->width + c] = v[c] * weight[self->taps - 1 - k];
}

/* (width, lanes) is how the product wants them; with one lane it is also a row to multiply with. */
static gboolean
make_bands (ScopeFullMap *self, const ScopeMatrix *x, GError **error)
{
  g_autofree double *lane = g_new (double, self->taps * self->width);
  self->bands = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_matrix_unref);
  for (gsize k = 0; k < self->taps; k++) {
    ScopeMatrix *band = scope_backend_matrix (self->backend, self->width, self->lanes, error);
    if (band == NULL)
      return FALSE;
    g_ptr_array_add (self->bands, band);
  }
  for (gsize p = 0; p < self->lanes; p++) {
    lane_bands (self, x, self->lane + p, lane);
    for (gsize k = 0; k < self->taps; k++)
      for (gsize c = 0; c < self->width; c++)
        scope_matrix_set (self->bands->pdata[k], c, p, lane[k * self->width + c]);
  }
  return TRUE;
}

static gboolean
upload_bands (ScopeFullMap *self, GError **error)
{
  self->on_backend = g_new0 (ScopeScratch, self->taps);
  for (gsize k = 0; k < self->taps; k++)
    if (!scope_scratch_alloc (&self->on_backend[k], self->backend,
                              scope_backend_real (self->backend), self->width, self->lanes, error)
        || !scope_tensor_set_rows (self->backend, &self->on_backend[k].tensor,
                                   scope_matrix_data (self->bands->pdata[k]), self->lanes, error))
      return FALSE;
  return TRUE;
}

ScopeFullMap *
scope_full_map_new (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
                    GError **error)
{
  const ScopeConfig *config = scope_layer_config (layer);
  const ScopeMatrix *x = scope_layer_trace_matrix (layer, SCOPE_LAYER_X, error);
  if (x == NULL)
    return NULL;
  gboolean mean = spec->lane < 0;
  g_autoptr (ScopeFullMap) self = g_new0 (ScopeFullMap, 1);
  self->layer = scope_layer_trace_ref (layer);
  self->weights
      = scope_model_layer (scope_layer_trace_model (layer), scope_layer_trace_layer (layer));
  self->backend = scope_schedule_backend (scope_layer_trace_schedule (layer));
  self->spec = *spec;
  self->first = range.column_begin;
  self->tokens = range.column_end - range.column_begin;
  self->begin = scope_entered_before (layer, range.column_begin);
  self->columns = scope_entered_before (layer, range.column_end) - self->begin;
  if (self->columns > 0)
    self->width
        = MIN (self->columns + config->d_conv - 1, scope_entered_count (layer) - self->begin);
  self->lane = spec->channel * config->lanes + (mean ? 0 : (gsize)spec->lane);
  self->lanes = mean ? config->lanes : 1;
  self->taps = config->d_conv;
  if (self->width > 0
      && (!make_bands (self, x, error) || (self->lanes > 1 && !upload_bands (self, error))))
    return NULL;
  return g_steal_pointer (&self);
}

void
scope_full_map_free (ScopeFullMap *self)
{
  for (gsize k = 0; self->on_backend != NULL && k < self->taps; k++)
    scope_scratch_clear (&self->on_backend[k]);
  g_free (self->on_backend);
  g_clear_pointer (&self->bands, g_ptr_array_unref);
  scope_layer_trace_unref (self->layer);
  g_free (self);
}

/* SiLU(z) / lanes at COUNT rows from ROW on: (count, lanes). */
static ScopeMatrix *
make_gate (ScopeFullMap *self, gsize row, gsize count, GError **error)
{
  const ScopeMatrix *z = scope_layer_trace_matrix (self->layer, SCOPE_LAYER_Z, error);
  ScopeMatrix *gate
      = z != NULL ? scope_backend_matrix (self->backend, count, self->lanes, error) : NULL;
  for (gsize r = 0; gate != NULL && r < count; r++)
    for (gsize p = 0; p < self->lanes; p++) {
      double value = scope_matrix_get (z, row + r, self->lane + p);
      scope_matrix_set (gate, r, p, value * sigmoid (value) / (double)self->lanes);
    }
  return gate;
}

/* F_k of the gate's rows and the first WIDTH columns, by the backend: (rows, width). */
static ScopeMatrix *
make_factor (ScopeFullMap *self, ScopeMatrix *gate, gsize k, gsize width, GError **error)
{
  ScopeBackend *backend = self->backend;
  ScopeType real = scope_backend_real (backend);
  gsize count = scope_matrix_rows (gate);
  g_auto (ScopeScratch) x = { 0 };
  g_auto (ScopeScratch) out = { 0 };
  g_autoptr (ScopeMatrix) factor = scope_backend_matrix (backend, count, width, error);
  if (factor == NULL || !scope_scratch_alloc (&x, backend, real, count, self->lanes, error)
      || !scope_scratch_alloc (&out, backend, real, count, width, error)
      || !scope_tensor_set_rows (backend, &x.tensor, scope_matrix_data (gate), self->lanes, error))
    return NULL;
  ScopeOpProduct op = { .x = x.tensor,
                        .weight = scope_tensor_rows (self->on_backend[k].tensor, 0, width),
                        .out = out.tensor };
  if (!scope_backend_run (backend, SCOPE_OP_PRODUCT, &op, error)
      || !scope_tensor_get_rows (backend, &op.out, scope_matrix_data (factor), width, error))
    return NULL;
  return g_steal_pointer (&factor);
}

static void
add_products_f32 (double *sum, const float *cells, const float *factors, gsize count)
{
  for (gsize m = 0; m < count; m++)
    sum[m] += (double)cells[m] * factors[m];
}

static void
add_products_f64 (double *sum, const double *cells, const double *factors, gsize count)
{
  for (gsize m = 0; m < count; m++)
    sum[m] += cells[m] * factors[m];
}

/* sum[r,m] += α[r,m+k] factors[r,m+k], or factors[m+k] in every row. */
typedef struct {
  const ScopeMatrix *alpha, *factors;
  gboolean one_row;
  gsize k, count, columns;
  double *sum; /* (rows, columns) */
} BandJob;

static void
add_band_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const BandJob *job = data;
  const void *first = scope_matrix_data ((ScopeMatrix *)job->factors);
  gboolean single = scope_matrix_real (job->alpha) == SCOPE_REAL_F32;
  for (gsize r = begin; r < end; r++) {
    double *sum = job->sum + r * job->columns;
    gsize at = job->k + (job->one_row ? 0 : r * scope_matrix_stride (job->factors));
    if (single)
      add_products_f32 (sum, scope_matrix_row_f32 (job->alpha, r) + job->k,
                        (const float *)first + at, job->count);
    else
      add_products_f64 (sum, scope_matrix_row_f64 (job->alpha, r) + job->k,
                        (const double *)first + at, job->count);
  }
}

/* One lane's factors are its band in every row; its gate is left to the end. */
static gboolean
add_band (ScopeFullMap *self, gsize k, const ScopeMatrix *alpha, ScopeMatrix *gate, double *sum,
          GError **error)
{
  gsize width = scope_matrix_columns (alpha);
  gboolean one_row = self->lanes == 1;
  g_autoptr (ScopeMatrix) factors = one_row ? scope_matrix_ref (self->bands->pdata[k])
                                            : make_factor (self, gate, k, width, error);
  if (factors == NULL)
    return FALSE;
  BandJob job = { .alpha = alpha,
                  .factors = factors,
                  .one_row = one_row,
                  .k = k,
                  .count = width > k ? MIN (self->columns, width - k) : 0,
                  .columns = self->columns,
                  .sum = sum };
  scope_parallel_for (scope_matrix_rows (alpha), 16, add_band_rows, &job);
  return TRUE;
}

static void
write_rows (ScopeFullMap *self, const ScopeMatrix *gate, double *sum, ScopeMatrix *out)
{
  g_autofree double *line = g_new0 (double, self->tokens);
  for (gsize r = 0; r < scope_matrix_rows (out); r++) {
    double *row = sum + r * self->columns;
    double scale = self->lanes == 1 ? scope_matrix_get (gate, r, 0) : 1;
    for (gsize m = 0; m < self->columns; m++)
      line[scope_entered_token (self->layer, self->begin + m) - self->first] = scale * row[m];
    scope_matrix_write_row (out, r, line, self->tokens);
  }
}

/* α of COUNT rows at the places from BEGIN to END. */
static ScopeMatrix *
kernel_places (ScopeFullMap *self, gsize row, gsize count, gsize end, ScopeProgress *progress,
               GError **error)
{
  gsize first = scope_entered_token (self->layer, self->begin), width = end - self->begin;
  gsize last = scope_entered_token (self->layer, end - 1);
  ScopeRange halo = { row, row + count, first, last + 1 };
  g_autoptr (ScopeMatrix) alpha
      = scope_attention_kernel (self->layer, &self->spec, halo, progress, error);
  if (alpha == NULL || last + 1 - first == width)
    return g_steal_pointer (&alpha);
  ScopeMatrix *out = scope_backend_matrix (self->backend, count, width, error);
  for (gsize r = 0; out != NULL && r < count; r++)
    for (gsize m = 0; m < width; m++) {
      gsize token = scope_entered_token (self->layer, self->begin + m);
      scope_matrix_set (out, r, m, scope_matrix_get (alpha, r, token - first));
    }
  return out;
}

ScopeMatrix *
scope_full_map_rows (ScopeFullMap *self, gsize row, gsize count, ScopeProgress *progress,
                     GError **error)
{
  g_autoptr (ScopeMatrix) out = scope_backend_matrix (self->backend, count, self->tokens, error);
  g_autoptr (ScopeMatrix) gate = make_gate (self, row, count, error);
  if (out == NULL || gate == NULL)
    return NULL;
  /* Nothing lives above the diagonal. */
  gsize end = MIN (self->begin + self->width, scope_entered_before (self->layer, row + count));
  if (end <= self->begin)
    return g_steal_pointer (&out);
  g_autoptr (ScopeMatrix) alpha = kernel_places (self, row, count, end, progress, error);
  if (alpha == NULL)
    return NULL;
  g_autofree double *sum = g_new0 (double, count * self->columns);
  for (gsize k = 0; k < self->taps; k++)
    if (!add_band (self, k, alpha, gate, sum, error))
      return NULL;
  write_rows (self, gate, sum, out);
  return g_steal_pointer (&out);
}
