#include "naive.h"

#include <math.h>
#include <string.h>

static double *
weights_of (const ScopeWeight *weight)
{
  double *values = g_new (double, weight->count);
  scope_weight_to_f64 (weight, 0, weight->count, values);
  return values;
}

static double
silu (double x)
{
  return x / (1 + exp (-x));
}

/* out (rows, weight's rows) = x Wᵀ + bias */
static void
multiply (const double *x, gsize rows, gsize stride, const ScopeWeight *weight,
          const ScopeWeight *bias, double *out)
{
  g_autofree double *w = weights_of (weight), *b = bias != NULL ? weights_of (bias) : NULL;
  gsize outputs = weight->shape[0], inputs = weight->shape[1];
  for (gsize t = 0; t < rows; t++)
    for (gsize o = 0; o < outputs; o++) {
      double sum = b != NULL ? b[o] : 0;
      for (gsize k = 0; k < inputs; k++)
        sum += x[t * stride + k] * w[o * inputs + k];
      out[t * outputs + o] = sum;
    }
}

static void
normalise (double *x, gsize rows, gsize columns, gsize groups, const ScopeWeight *weight,
           double eps)
{
  g_autofree double *w = weight != NULL ? weights_of (weight) : NULL;
  gsize width = columns / groups;
  for (gsize g = 0; g < rows * groups; g++) {
    double sum = 0;
    for (gsize c = 0; c < width; c++)
      sum += x[g * width + c] * x[g * width + c];
    for (gsize c = 0; c < width; c++)
      x[g * width + c] *= (w != NULL ? w[(g * width + c) % columns] : 1) / sqrt (sum / width + eps);
  }
}

/* Columns [first, first + lanes) of x (T, stride), convolved. */
static void
convolve (const double *x, gsize tokens, gsize stride, gsize first, gsize lanes,
          const ScopeLayerWeights *weights, double *out)
{
  g_autofree double *w = weights_of (weights->conv);
  g_autofree double *bias = weights->conv_bias != NULL ? weights_of (weights->conv_bias) : NULL;
  gsize taps = weights->conv->count / lanes;
  for (gsize t = 0; t < tokens; t++)
    for (gsize c = 0; c < lanes; c++) {
      double sum = bias != NULL ? bias[c] : 0;
      for (gsize k = 0; k < taps; k++)
        if (t + k + 1 >= taps)
          sum += w[c * taps + k] * x[(t + k + 1 - taps) * stride + first + c];
      out[t * lanes + c] = silu (sum);
    }
}

static double *
cut_columns (const double *x, gsize rows, gsize stride, gsize first, gsize columns)
{
  double *out = g_new (double, rows *columns);
  for (gsize t = 0; t < rows; t++)
    memcpy (out + t * columns, x + t * stride + first, columns * sizeof *out);
  return out;
}

static double
edited (const ScopePlanEdit *edit, gsize token, gsize channel, double delta)
{
  if (edit == NULL || token != edit->token
      || (edit->channel != G_MAXSIZE && edit->channel != channel))
    return delta;
  return isnan (edit->value) ? edit->factor * delta : edit->value;
}

static void
apply_rule (const ScopeConfig *config, const ScopeLayerWeights *weights, double *delta,
            gsize tokens, const double *threshold, gsize filter_rows, const ScopePlanEdit *edit)
{
  g_autofree double *bias = weights_of (weights->dt_bias);
  for (gsize i = 0; i < tokens * config->channels; i++) {
    gsize h = i % config->channels;
    double value = edited (edit, i / config->channels, h, log1p (exp (delta[i] + bias[h])));
    value = fmin (fmax (value, config->delta_min), config->delta_max);
    gboolean filtered = threshold != NULL && i / config->channels < filter_rows;
    delta[i] = filtered && !(value > threshold[h]) ? 0 : value;
  }
}

static void
scan (const ScopeConfig *config, const ScopeLayerWeights *weights, NaiveLayer *layer)
{
  g_autofree double *log_a = weights_of (weights->a_log), *d = weights_of (weights->d);
  gsize states = config->d_state, rates = weights->a_log->count / config->channels;
  for (gsize e = 0; e < layer->inner; e++) {
    gsize h = e / config->lanes, group = h / (config->channels / config->groups);
    for (gsize t = 0; t < layer->tokens; t++)
      layer->y[t * layer->inner + e] = d[h] * layer->u[t * layer->inner + e];
    for (gsize n = 0; n < states; n++) {
      double a = -exp (log_a[h * rates + (rates == 1 ? 0 : n)]), state = 0;
      for (gsize t = 0; t < layer->tokens; t++) {
        double delta = layer->delta[t * config->channels + h];
        gsize at = t * layer->columns + group * states + n;
        state = exp (delta * a) * state + delta * layer->b[at] * layer->u[t * layer->inner + e];
        layer->y[t * layer->inner + e] += layer->c[at] * state;
      }
    }
  }
}

/* Everything up to the scan's inputs. */
static void
project (const ScopeConfig *config, const ScopeLayerWeights *weights, const double *residual,
         NaiveLayer *layer)
{
  gsize tokens = layer->tokens, inner = layer->inner, width = layer->columns;
  gsize projection = scope_config_projection (config), lanes = scope_config_conv_lanes (config);
  gboolean two = scope_config_is_ssd (config);
  g_autofree double *h = g_memdup2 (residual, tokens * config->d_model * sizeof *residual);
  g_autofree double *xz = g_new (double, tokens *projection), *xc = g_new (double, tokens *lanes);
  normalise (h, tokens, config->d_model, 1, weights->norm, config->norm_eps);
  multiply (h, tokens, config->d_model, weights->in_proj, weights->in_proj_bias, xz);
  convolve (xz, tokens, projection, two ? inner : 0, lanes, weights, xc);
  layer->z = cut_columns (xz, tokens, projection, two ? 0 : inner, inner);
  layer->x = cut_columns (xz, tokens, projection, two ? inner : 0, inner);
  layer->u = cut_columns (xc, tokens, lanes, 0, inner);
  if (two) {
    layer->b = cut_columns (xc, tokens, lanes, inner, width);
    layer->c = cut_columns (xc, tokens, lanes, inner + width, width);
    layer->delta = cut_columns (xz, tokens, projection, inner + lanes, config->channels);
    return;
  }
  gsize columns = config->dt_rank + 2 * width;
  g_autofree double *dbc = g_new (double, tokens *columns);
  multiply (xc, tokens, inner, weights->x_proj, NULL, dbc);
  g_autofree double *step = cut_columns (dbc, tokens, columns, 0, config->dt_rank);
  layer->b = cut_columns (dbc, tokens, columns, config->dt_rank, width);
  layer->c = cut_columns (dbc, tokens, columns, config->dt_rank + width, width);
  if (config->mixer_norms) {
    normalise (step, tokens, config->dt_rank, 1, NULL, config->mixer_norm_eps);
    normalise (layer->b, tokens, width, 1, NULL, config->mixer_norm_eps);
    normalise (layer->c, tokens, width, 1, NULL, config->mixer_norm_eps);
  }
  layer->delta = g_new (double, tokens * config->channels);
  multiply (step, tokens, config->dt_rank, weights->dt_proj, NULL, layer->delta);
}

/* Gate, norm and out_proj, added to RESIDUAL. */
static void
finish (const ScopeConfig *config, const ScopeLayerWeights *weights, const NaiveLayer *layer,
        double *residual)
{
  gsize count = layer->tokens * layer->inner, model = layer->tokens * config->d_model;
  g_autofree double *gated = g_memdup2 (layer->y, count * sizeof *gated);
  g_autofree double *out = g_new (double, model);
  if (weights->gate_norm != NULL && config->norm_before_gate)
    normalise (gated, layer->tokens, layer->inner, config->norm_groups, weights->gate_norm,
               config->gate_norm_eps);
  for (gsize i = 0; i < count; i++)
    gated[i] *= silu (layer->z[i]);
  if (weights->gate_norm != NULL && !config->norm_before_gate)
    normalise (gated, layer->tokens, layer->inner, config->norm_groups, weights->gate_norm,
               config->gate_norm_eps);
  multiply (gated, layer->tokens, layer->inner, weights->out_proj, weights->out_proj_bias, out);
  for (gsize i = 0; i < model; i++)
    residual[i] += out[i];
}

Naive *
naive_run (const ScopeModel *model, const gint32 *ids, gsize tokens, const double *threshold,
           gsize filter_rows)
{
  return naive_run_edited (model, ids, tokens, threshold, filter_rows, NULL);
}

Naive *
naive_run_edited (const ScopeModel *model, const gint32 *ids, gsize tokens, const double *threshold,
                  gsize filter_rows, const ScopePlanEdit *edit)
{
  const ScopeConfig *config = scope_model_config (model);
  g_autofree double *table = weights_of (scope_model_embedding (model));
  g_autofree double *residual = g_new (double, tokens * config->d_model);
  Naive *self = g_new0 (Naive, 1);
  self->tokens = tokens;
  self->layers = config->n_layer;
  self->layer = g_new0 (NaiveLayer, config->n_layer);
  for (gsize t = 0; t < tokens; t++)
    memcpy (residual + t * config->d_model, table + ids[t] * config->d_model,
            config->d_model * sizeof *residual);
  for (gsize i = 0; i < config->n_layer; i++) {
    const ScopeLayerWeights *weights = scope_model_layer (model, i);
    NaiveLayer *layer = &self->layer[i];
    layer->tokens = tokens;
    layer->inner = config->d_inner;
    layer->channels = config->channels;
    layer->columns = config->groups * config->d_state;
    layer->y = g_new (double, tokens * config->d_inner);
    project (config, weights, residual, layer);
    apply_rule (config, weights, layer->delta, tokens,
                threshold != NULL ? threshold + i * config->channels : NULL, filter_rows,
                edit != NULL && edit->layer == i ? edit : NULL);
    scan (config, weights, layer);
    finish (config, weights, layer, residual);
  }
  normalise (residual, tokens, config->d_model, 1, scope_model_final_norm (model),
             config->norm_eps);
  self->logits = g_new (double, tokens * config->vocab_size);
  multiply (residual, tokens, config->d_model, scope_model_head (model), NULL, self->logits);
  return self;
}

void
naive_free (Naive *self)
{
  for (gsize i = 0; i < self->layers; i++) {
    NaiveLayer *layer = &self->layer[i];
    double *all[] = { layer->delta, layer->u, layer->y, layer->z, layer->x, layer->b, layer->c };
    for (guint k = 0; k < G_N_ELEMENTS (all); k++)
      g_free (all[k]);
  }
  g_free (self->layer);
  g_free (self->logits);
  g_free (self);
}

double
naive_error (const ScopeMatrix *matrix, const double *values, gsize rows, gsize columns)
{
  double worst = 0;
  if (scope_matrix_rows (matrix) != rows || scope_matrix_columns (matrix) != columns)
    return INFINITY;
  for (gsize i = 0; i < rows * columns; i++) {
    double error = fabs (scope_matrix_get (matrix, i / columns, i % columns) - values[i]);
    if (!(error <= worst))
      worst = isnan (error) ? INFINITY : error;
  }
  return worst;
}
