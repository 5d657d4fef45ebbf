#include "ui/decay-picture.h"

#include <math.h>

#include "export/figure.h"
#include "ui/drawing.h"
#include "ui/texture.h"

void
scope_decay_spec_free (ScopeDecaySpec *self)
{
  g_clear_pointer (&self->after, scope_matrix_unref);
  g_clear_pointer (&self->before, scope_matrix_unref);
  g_free (self->x);
  g_free (self->shown);
  g_free (self->global);
  g_free (self->font);
  g_free (self);
}

void
scope_decay_picture_free (ScopeDecayPicture *self)
{
  g_clear_object (&self->texture);
  g_free (self);
}

/* The curve down to the floor: it only falls, and the crossing is interpolated. */
static gsize
cut_curve (const ScopeDecaySpec *spec, const ScopeMatrix *decay, gsize channel, double *x,
           double *y)
{
  gsize points = scope_matrix_rows (decay);
  for (gsize k = 0; k < points; k++) {
    x[k] = spec->x[k];
    y[k] = scope_matrix_get (decay, k, channel);
    if (y[k] >= spec->floor_ln)
      continue;
    double fall = k > 0 ? y[k - 1] - y[k] : 0;
    if (fall > 0 && isfinite (fall))
      x[k] = x[k - 1] + (x[k] - x[k - 1]) * (y[k - 1] - spec->floor_ln) / fall;
    y[k] = spec->floor_ln;
    return k + 1;
  }
  return points;
}

/* Of the channels shown; those of before are named by the key. */
static void
add_curves (const ScopeDecaySpec *spec, const ScopeMatrix *decay, gint series, ScopeResult *result)
{
  gsize points = scope_matrix_rows (decay), channels = scope_matrix_columns (decay);
  g_autofree double *x = g_new (double, points);
  g_autofree double *y = g_new (double, points);
  for (gsize h = 0; h < channels; h++) {
    if (!spec->shown[h])
      continue;
    g_autofree char *name = g_strdup_printf ("%s %" G_GSIZE_FORMAT, spec->noun, h);
    gsize count = cut_curve (spec, decay, h, x, y);
    scope_result_add_series (result, name, series, x, y, NULL, NULL, count);
    ScopeCurve *curve = g_ptr_array_index (result->curves, result->curves->len - 1);
    curve->global = spec->global[h];
  }
}

static ScopeResult *
make_result (const ScopeDecaySpec *spec)
{
  ScopeResult *result = scope_result_new (SCOPE_RESULT_CURVES);
  add_curves (spec, spec->after, -1, result);
  if (spec->before != NULL)
    add_curves (spec, spec->before, SCOPE_SERIES_BEFORE, result);
  result->x_label = g_strdup ("tokens");
  result->y_label = g_strdup ("ln cumulative decay");
  result->x_mark = spec->train_length;
  result->y_mark = NAN;
  result->y_low = spec->floor_ln;
  result->y_high = 0;
  return result;
}

static ScopeFigure *
make_figure (const ScopeDecaySpec *spec, ScopeResult *result)
{
  ScopeStyle style;
  scope_style_init (&style);
  style.width_mm = spec->width * SCOPE_PX_TO_MM;
  style.height_mm = spec->height * SCOPE_PX_TO_MM;
  style.font = spec->font;
  style.font_pt = spec->font_pt;
  style.dark = spec->dark;
  style.line_scale = 1.25; /* a screen is looked at from farther away than paper */
  ScopeFigure *figure = scope_figure_new (&style);
  scope_figure_add (figure, result);
  return figure;
}

static void
to_pixels (ScopePlotArea *area)
{
  area->x /= SCOPE_PX_TO_POINTS;
  area->y /= SCOPE_PX_TO_POINTS;
  area->width /= SCOPE_PX_TO_POINTS;
  area->height /= SCOPE_PX_TO_POINTS;
}

static void
picture_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const ScopeDecaySpec *spec = data;
  if (g_task_return_error_if_cancelled (task))
    return;
  ScopeDecayPicture *picture = g_new0 (ScopeDecayPicture, 1);
  ScopeResult *result = make_result (spec);
  g_autoptr (ScopeFigure) figure = make_figure (spec, result);
  double scale = spec->scale / SCOPE_PX_TO_POINTS;
  cairo_surface_t *surface
      = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int)ceil (spec->width * spec->scale),
                                    (int)ceil (spec->height * spec->scale));
  cairo_t *cr = cairo_create (surface);
  gdk_cairo_set_source_rgba (cr, &spec->paper);
  cairo_paint (cr);
  cairo_scale (cr, scale, scale);
  scope_figure_plot_area (figure, 0, scale, &picture->area);
  scope_figure_draw (figure, cr, scale, FALSE);
  cairo_destroy (cr);
  to_pixels (&picture->area);
  picture->texture = scope_texture_opaque (surface);
  picture->width = spec->width;
  picture->height = spec->height;
  cairo_surface_destroy (surface);
  scope_result_unref (result);
  g_task_return_pointer (task, picture, (GDestroyNotify)scope_decay_picture_free);
}

void
scope_decay_picture_draw (ScopeDecaySpec *spec, GObject *owner, GCancellable *cancellable,
                          GAsyncReadyCallback done)
{
  g_autoptr (GTask) task = g_task_new (owner, cancellable, done, NULL);
  g_task_set_task_data (task, spec, (GDestroyNotify)scope_decay_spec_free);
  g_task_run_in_thread (task, picture_thread);
}

ScopeDecayPicture *
scope_decay_picture_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
