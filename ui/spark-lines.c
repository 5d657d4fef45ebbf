#include "ui/spark-lines.h"

#include <math.h>

#include "ui/colours.h"

#define PAD 2.0

struct _ScopeSparkLines {
  GtkWidget parent;
  double *before, *after;
  guint count;
  double high, low;
};

G_DEFINE_FINAL_TYPE (ScopeSparkLines, scope_spark_lines, GTK_TYPE_WIDGET)

static void
trace_line (const ScopeSparkLines *self, cairo_t *cr, const double *values, double width,
            double height)
{
  double span = self->high > self->low ? self->high - self->low : 1;
  gboolean down = FALSE;
  for (guint k = 0; k < self->count; k++) {
    double x = self->count > 1 ? width * k / (self->count - 1) : width / 2;
    double y = PAD + (height - 2 * PAD) * (1 - (values[k] - self->low) / span);
    if (!isfinite (values[k]))
      down = FALSE;
    else if (down)
      cairo_line_to (cr, x, y);
    else
      cairo_move_to (cr, x, y);
    down |= isfinite (values[k]);
  }
}

static void
stroke (cairo_t *cr, const GdkRGBA *colour, double line, gboolean dashed)
{
  const double dash[] = { 3, 2 };
  gdk_cairo_set_source_rgba (cr, colour);
  cairo_set_line_width (cr, line);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (cr, dash, dashed ? 2 : 0, 0);
  cairo_stroke (cr);
}

static void
scope_spark_lines_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeSparkLines *self = SCOPE_SPARK_LINES (widget);
  float width = (float)gtk_widget_get_width (widget),
        height = (float)gtk_widget_get_height (widget);
  GdkRGBA ink, colour = scope_named_colour (widget, "scope_global");
  if (self->count == 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  ink.alpha *= 0.6f;
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL) {
    cairo_translate (cr, width, 0);
    cairo_scale (cr, -1, 1);
  }
  trace_line (self, cr, self->after, width, height);
  stroke (cr, &colour, 1.5, FALSE);
  trace_line (self, cr, self->before, width, height);
  stroke (cr, &ink, 1, TRUE);
  cairo_destroy (cr);
}

static void
scope_spark_lines_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 64 : 36;
  *natural = *minimum;
}

void
scope_spark_lines_set (ScopeSparkLines *self, const double *before, const double *after,
                       guint count, const char *spoken)
{
  g_return_if_fail (SCOPE_IS_SPARK_LINES (self));
  const double *const rows[] = { before, after };
  g_free (self->before);
  g_free (self->after);
  self->before = g_memdup2 (before, count * sizeof *before);
  self->after = g_memdup2 (after, count * sizeof *after);
  self->count = count;
  self->high = -INFINITY;
  self->low = INFINITY;
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++)
    for (guint k = 0; k < count; k++)
      if (isfinite (rows[r][k])) {
        self->high = fmax (self->high, rows[r][k]);
        self->low = fmin (self->low, rows[r][k]);
      }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
scope_spark_lines_finalize (GObject *object)
{
  ScopeSparkLines *self = SCOPE_SPARK_LINES (object);
  g_free (self->before);
  g_free (self->after);
  G_OBJECT_CLASS (scope_spark_lines_parent_class)->finalize (object);
}

static void
scope_spark_lines_class_init (ScopeSparkLinesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = scope_spark_lines_finalize;
  widget_class->measure = scope_spark_lines_measure;
  widget_class->snapshot = scope_spark_lines_snapshot;
  gtk_widget_class_set_css_name (widget_class, "spark-lines");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
scope_spark_lines_init (ScopeSparkLines *self)
{
}
