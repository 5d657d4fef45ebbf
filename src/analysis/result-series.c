/* Families of lines: field lengths over the text, shares of global channels over the layers. */
#include <math.h>
#include <stdlib.h>

#include "analysis/analysis-private.h"
#include "analysis/field.h"
#include "analysis/result.h"

static int
compare_doubles (const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

/* Between the two nearest of COUNT sorted values. */
static double
quantile (const double *sorted, gsize count, double share)
{
  double place = share * (double)(count - 1);
  gsize below = (gsize)place;
  double part = place - (double)below;
  return below + 1 < count ? sorted[below] * (1 - part) + sorted[below + 1] * part : sorted[below];
}

typedef struct {
  const gsize *rows; /* (points) the queries */
  gsize points, channels;
  const gint32 *starts; /* (points, channels) */
  const guint8 *global; /* (channels) */
} Fields;

/* A field of 0 is drawn at 1, where a logarithmic axis begins. */
static void
add_class (ScopeResult *self, const Fields *fields, gboolean global, gsize members)
{
  g_autofree double *x = g_new (double, fields->points);
  g_autofree double *y = g_new (double, fields->points);
  g_autofree double *low = g_new (double, fields->points);
  g_autofree double *high = g_new (double, fields->points);
  g_autofree double *lengths = g_new (double, members);
  for (gsize p = 0; p < fields->points; p++) {
    gsize count = 0;
    for (gsize h = 0; h < fields->channels; h++)
      if (!fields->global[h] == !global)
        lengths[count++]
            = MAX (1.0, (double)scope_field_length (fields->rows[p],
                                                    fields->starts[p * fields->channels + h]));
    qsort (lengths, count, sizeof *lengths, compare_doubles);
    x[p] = (double)(fields->rows[p] + 1);
    y[p] = quantile (lengths, count, 0.5);
    low[p] = quantile (lengths, count, 0.25);
    high[p] = quantile (lengths, count, 0.75);
  }
  const char *name = global ? "global" : "local";
  scope_result_add_series (self, name, -1, x, y, low, high, fields->points);
  ScopeCurve *curve = g_ptr_array_index (self->curves, self->curves->len - 1);
  curve->global = global;
}

static void
add_everything (ScopeResult *self, const Fields *fields)
{
  g_autofree double *x = g_new (double, fields->points);
  for (gsize p = 0; p < fields->points; p++)
    x[p] = (double)(fields->rows[p] + 1);
  scope_result_add_series (self, "whole text", SCOPE_SERIES_REFERENCE, x, x, NULL, NULL,
                           fields->points);
}

static gsize *
spaced_queries (gsize tokens, gsize points)
{
  gsize *rows = g_new (gsize, points);
  for (gsize p = 0; p < points; p++)
    rows[p] = (gsize)((guint64)tokens * (p + 1) / points) - 1;
  return rows;
}

ScopeResult *
scope_result_fields (ScopeTrace *trace, ScopeLayerTrace *layer, const ScopeMatrix *classes,
                     double ln_theta, gsize train_length, gsize points, double epsilon,
                     ScopeProgress *progress, GError **error)
{
  gsize channels = scope_layer_config (layer)->channels, members = 0;
  gsize tokens = scope_layer_trace_length (layer);
  points = CLAMP (points, 1, tokens);
  g_autofree gsize *rows = spaced_queries (tokens, points);
  g_autofree gint32 *starts = g_new (gint32, points * channels);
  g_autofree guint8 *global = g_new (guint8, channels);
  if (!scope_field_starts (layer, rows, points, 0, channels, epsilon, starts, progress, error))
    return NULL;
  for (gsize h = 0; h < channels; h++) {
    global[h] = scope_matrix_get (classes, scope_layer_trace_layer (layer), h) > ln_theta;
    members += global[h];
  }
  ScopeResult *self = scope_result_new (SCOPE_RESULT_CURVES);
  Fields fields = { rows, points, channels, starts, global };
  self->epsilon = epsilon;
  scope_result_describe_layer (self, layer);
  if (members > 0)
    add_class (self, &fields, TRUE, members);
  if (members < channels)
    add_class (self, &fields, FALSE, channels - members);
  add_everything (self, &fields);
  self->title = scope_result_layer_title (layer, -1);
  self->x_label = g_strdup ("query token i");
  self->y_label = g_strdup ("receptive field (tokens)");
  self->y_log = TRUE;
  self->x_mark = train_length > 0 ? (double)train_length : NAN;
  return self;
}

ScopeResult *
scope_result_layers (const ScopeMatrix *classes, const double *thetas, gsize count)
{
  gsize layers = scope_matrix_rows (classes), channels = scope_matrix_columns (classes);
  ScopeResult *self = scope_result_new (SCOPE_RESULT_CURVES);
  g_autofree double *x = g_new (double, layers);
  g_autofree double *y = g_new (double, layers);
  for (gsize n = 0; n < count; n++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *name
        = g_strconcat ("θ = ", g_ascii_formatd (number, sizeof number, "%g", thetas[n]), NULL);
    for (gsize l = 0; l < layers; l++) {
      gsize members = 0;
      for (gsize h = 0; h < channels; h++)
        members += scope_matrix_get (classes, l, h) > log (thetas[n]);
      x[l] = (double)l;
      y[l] = 100.0 * (double)members / (double)channels;
    }
    scope_result_add_series (self, name, (gint)n, x, y, NULL, NULL, layers);
  }
  self->title = g_strdup ("global channels by layer");
  self->x_label = g_strdup ("layer");
  self->y_label = g_strdup ("global channels (%)");
  self->y_low = 0;
  self->y_high = 100;
  return self;
}
