#include "ui/plot-frame.h"
#include "ui/template.h"

#include <math.h>

struct _ScopePlotFrame {
  GtkWidget parent;
  int free;
};

G_DEFINE_FINAL_TYPE (ScopePlotFrame, scope_plot_frame, GTK_TYPE_WIDGET)

static void
scope_plot_frame_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  gboolean across = orientation == GTK_ORIENTATION_HORIZONTAL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    int least, wanted;
    gtk_widget_measure (child, orientation, -1, &least, &wanted, NULL, NULL);
    *minimum = across ? *minimum + least : MAX (*minimum, least);
    *natural = across ? *natural + wanted : MAX (*natural, wanted);
  }
}

static void
place (GtkWidget *child, int x, int width, int height)
{
  gtk_widget_allocate (child, width, height, -1,
                       gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT ((float)x, 0)));
}

static void
scope_plot_frame_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopePlotFrame *self = SCOPE_PLOT_FRAME (widget);
  GtkWidget *plot = gtk_widget_get_first_child (widget);
  GtkWidget *bar = plot != NULL ? gtk_widget_get_next_sibling (plot) : NULL;
  if (bar == NULL)
    return;
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int wanted;
  gtk_widget_measure (bar, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &wanted, NULL, NULL);
  int left = MAX (width - wanted, 0), free = MIN (self->free, left);
  place (plot, rtl ? wanted : 0, left, height);
  place (bar, rtl ? free : left - free, wanted, height);
}

static void
scope_plot_frame_dispose (GObject *object)
{
  scope_widget_dispose_children (GTK_WIDGET (object));
  G_OBJECT_CLASS (scope_plot_frame_parent_class)->dispose (object);
}

static void
scope_plot_frame_class_init (ScopePlotFrameClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_plot_frame_dispose;
  widget_class->measure = scope_plot_frame_measure;
  widget_class->size_allocate = scope_plot_frame_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "plot-frame");
}

static void
scope_plot_frame_init (ScopePlotFrame *self)
{
}

void
scope_plot_frame_set_free (ScopePlotFrame *self, double free)
{
  g_return_if_fail (SCOPE_IS_PLOT_FRAME (self));
  int whole = (int)floor (MAX (free, 0));
  if (whole == self->free)
    return;
  self->free = whole;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}
