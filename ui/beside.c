#include "ui/beside.h"
#include "ui/template.h"

#define ROOM  780  /* pixels from which on the children stand side by side */
#define LEAST 0.45 /* share that the first one has at least, */
#define ABOVE 0.56 /*   and when it stands above the other, where it is wider than it needs */

struct _ScopeBeside {
  GtkWidget parent;
};

G_DEFINE_FINAL_TYPE (ScopeBeside, scope_beside, GTK_TYPE_WIDGET)

static void
scope_beside_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                      int *natural, int *minimum_baseline, int *natural_baseline)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    int least, most;
    gtk_widget_measure (child, orientation, -1, &least, &most, NULL, NULL);
    gboolean across = orientation == GTK_ORIENTATION_HORIZONTAL;
    *minimum = across ? MAX (*minimum, least) : *minimum + least;
    *natural += most;
  }
}

static void
place (GtkWidget *child, int x, int y, int width, int height)
{
  GskTransform *where = gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT ((float)x, (float)y));
  gtk_widget_allocate (child, width, height, -1, where);
}

/* What of LENGTH is for the first child: what the second does not want, but so much at least that
 * there is something to see. */
static int
split (GtkWidget *first, GtkWidget *second, GtkOrientation orientation, int length)
{
  int least_first, least_second, wanted;
  gtk_widget_measure (first, orientation, -1, &least_first, NULL, NULL, NULL);
  gtk_widget_measure (second, orientation, -1, &least_second, &wanted, NULL, NULL);
  double least = orientation == GTK_ORIENTATION_HORIZONTAL ? LEAST : ABOVE;
  int first_length = MAX (length - wanted, (int)(least * length));
  return MAX (MIN (first_length, length - least_second), least_first);
}

static void
scope_beside_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *first = gtk_widget_get_first_child (widget);
  GtkWidget *second = first != NULL ? gtk_widget_get_next_sibling (first) : NULL;
  if (second == NULL)
    return;
  if (width < ROOM) {
    int top = split (first, second, GTK_ORIENTATION_VERTICAL, height);
    place (first, 0, 0, width, top);
    place (second, 0, top, width, MAX (height - top, 0));
    return;
  }
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int left = split (first, second, GTK_ORIENTATION_HORIZONTAL, width);
  place (first, rtl ? width - left : 0, 0, left, height);
  place (second, rtl ? 0 : left, 0, width - left, height);
}

static void
scope_beside_dispose (GObject *object)
{
  scope_widget_dispose_children (GTK_WIDGET (object));
  G_OBJECT_CLASS (scope_beside_parent_class)->dispose (object);
}

static void
scope_beside_class_init (ScopeBesideClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_beside_dispose;
  widget_class->measure = scope_beside_measure;
  widget_class->size_allocate = scope_beside_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "beside");
}

static void
scope_beside_init (ScopeBeside *self)
{
}
