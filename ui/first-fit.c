#include "ui/first-fit.h"
#include "ui/template.h"

struct _ScopeFirstFit {
  GtkWidget parent;
};

G_DEFINE_FINAL_TYPE (ScopeFirstFit, scope_first_fit, GTK_TYPE_WIDGET)

static int
least_width (GtkWidget *child)
{
  int least;
  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  return least;
}

/* WIDTH < 0: as much as is wanted. NULL if there are no children. */
static GtkWidget *
form_for (GtkWidget *widget, int width)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);
  while (child != NULL && width >= 0 && gtk_widget_get_next_sibling (child) != NULL
         && least_width (child) > width)
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static void
scope_first_fit_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  GtkWidget *first = gtk_widget_get_first_child (widget),
            *last = gtk_widget_get_last_child (widget);
  if (first == NULL)
    return;
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    gtk_widget_measure (first, orientation, -1, NULL, natural, NULL, NULL);
    *minimum = least_width (last);
    *natural = MAX (*natural, *minimum);
  } else {
    GtkWidget *form = form_for (widget, for_size);
    int width = for_size < 0 ? -1 : MAX (for_size, least_width (form));
    gtk_widget_measure (form, orientation, width, minimum, natural, NULL, NULL);
  }
}

static void
scope_first_fit_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *form = form_for (widget, width);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    gtk_widget_set_child_visible (child, child == form);
  if (form != NULL)
    gtk_widget_allocate (form, MAX (width, least_width (form)), height, baseline, NULL);
}

/* The forms differ in height. */
static GtkSizeRequestMode
scope_first_fit_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* GTK asks what lies around a widget that left the screen with the focus to take it. */
static gboolean
scope_first_fit_grab_focus (GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_child_visible (child))
      return gtk_widget_child_focus (child, GTK_DIR_TAB_FORWARD);
  return FALSE;
}

static void
scope_first_fit_dispose (GObject *object)
{
  scope_widget_dispose_children (GTK_WIDGET (object));
  G_OBJECT_CLASS (scope_first_fit_parent_class)->dispose (object);
}

static void
scope_first_fit_class_init (ScopeFirstFitClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_first_fit_dispose;
  widget_class->measure = scope_first_fit_measure;
  widget_class->size_allocate = scope_first_fit_size_allocate;
  widget_class->get_request_mode = scope_first_fit_get_request_mode;
  widget_class->grab_focus = scope_first_fit_grab_focus;
  gtk_widget_class_set_css_name (widget_class, "first-fit");
}

static void
scope_first_fit_init (ScopeFirstFit *self)
{
}
