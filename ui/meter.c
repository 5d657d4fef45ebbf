#include "ui/meter.h"

#include <math.h>

struct _ScopeMeter {
  GtkWidget parent;
  double share;
};

G_DEFINE_FINAL_TYPE (ScopeMeter, scope_meter, GTK_TYPE_WIDGET)

static void
scope_meter_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                     int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 16 : 4;
  *natural = *minimum;
}

static void
append_pill (GtkSnapshot *snapshot, const GdkRGBA *colour, float x, float width, float height)
{
  GskRoundedRect pill;
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (x, 0, width, height);
  gsk_rounded_rect_init_from_rect (&pill, &bounds, height / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &pill);
  gtk_snapshot_append_color (snapshot, colour, &bounds);
  gtk_snapshot_pop (snapshot);
}

static void
scope_meter_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeMeter *self = SCOPE_METER (widget);
  float width = (float)gtk_widget_get_width (widget);
  float height = (float)gtk_widget_get_height (widget);
  GdkRGBA colour;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  GdkRGBA trough = colour;
  trough.alpha *= 0.16f;
  append_pill (snapshot, &trough, 0, width, height);
  float filled = (float)self->share * width;
  if (filled <= 0)
    return;
  filled = MAX (filled, height);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  append_pill (snapshot, &colour, rtl ? width - filled : 0, filled, height);
}

static void
scope_meter_class_init (ScopeMeterClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  widget_class->measure = scope_meter_measure;
  widget_class->snapshot = scope_meter_snapshot;
  gtk_widget_class_set_css_name (widget_class, "meter");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
scope_meter_init (ScopeMeter *self)
{
}

GtkWidget *
scope_meter_new (void)
{
  return g_object_new (SCOPE_TYPE_METER, NULL);
}

void
scope_meter_set_share (ScopeMeter *self, double share)
{
  g_return_if_fail (SCOPE_IS_METER (self));
  double clamped = isnan (share) ? 0 : CLAMP (share, 0, 1);
  if (clamped == self->share)
    return;
  self->share = clamped;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
