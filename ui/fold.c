#include "ui/fold.h"
#include "ui/template.h"

struct _ScopeFold {
  GtkWidget parent;
  guint level, levels;
  int least;
  int needed[SCOPE_FOLD_MOST]; /* what the child asked for at each level that was left */
  guint source;                /* the change of the level that is due, or 0 */
  int step;
};

G_DEFINE_FINAL_TYPE (ScopeFold, scope_fold, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_LEVEL, PROP_LEVELS, PROP_LEAST, N_PROPS };
static GParamSpec *props[N_PROPS];

static int
child_width (ScopeFold *self, int *natural)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self));
  int least = 0, wanted = 0;
  if (child != NULL && gtk_widget_should_layout (child))
    gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &least, &wanted, NULL, NULL);
  if (natural != NULL)
    *natural = wanted;
  return least;
}

/* Not while widgets are being allocated: they would be asked for their sizes anew. */
static gboolean
step_cb (gpointer data)
{
  ScopeFold *self = data;
  self->source = 0;
  self->level = (guint)((int)self->level + self->step);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LEVEL]);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

static void
plan_step (ScopeFold *self, int width)
{
  int wanted = child_width (self, NULL), step = 0;
  if (wanted > width && self->level < self->levels) {
    self->needed[self->level] = wanted;
    step = 1;
  } else if (self->level > 0 && width >= self->needed[self->level - 1]) {
    step = -1;
  }
  self->step = step;
  if (step == 0)
    g_clear_handle_id (&self->source, g_source_remove);
  else if (self->source == 0)
    self->source = g_idle_add_full (GTK_PRIORITY_RESIZE, step_cb, self, NULL);
}

static void
scope_fold_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline)
{
  ScopeFold *self = SCOPE_FOLD (widget);
  GtkWidget *child = gtk_widget_get_first_child (widget);
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = child_width (self, natural);
    if (self->level < self->levels)
      *minimum = MIN (*minimum, self->least);
  } else if (child != NULL) {
    int width = for_size < 0 ? -1 : MAX (for_size, child_width (self, NULL));
    gtk_widget_measure (child, orientation, width, minimum, natural, NULL, NULL);
  }
}

static void
scope_fold_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeFold *self = SCOPE_FOLD (widget);
  GtkWidget *child = gtk_widget_get_first_child (widget);
  plan_step (self, width);
  if (child != NULL)
    gtk_widget_allocate (child, MAX (width, child_width (self, NULL)), height, baseline, NULL);
}

static GtkSizeRequestMode
scope_fold_get_request_mode (GtkWidget *widget)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);
  return child != NULL ? gtk_widget_get_request_mode (child) : GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
scope_fold_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeFold *self = SCOPE_FOLD (object);
  if (id == PROP_LEAST)
    g_value_set_int (value, self->least);
  else
    g_value_set_uint (value, id == PROP_LEVEL ? self->level : self->levels);
}

static void
scope_fold_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeFold *self = SCOPE_FOLD (object);
  if (id == PROP_LEAST)
    self->least = g_value_get_int (value);
  else
    self->levels = g_value_get_uint (value);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
scope_fold_dispose (GObject *object)
{
  ScopeFold *self = SCOPE_FOLD (object);
  g_clear_handle_id (&self->source, g_source_remove);
  scope_widget_dispose_children (GTK_WIDGET (self));
  G_OBJECT_CLASS (scope_fold_parent_class)->dispose (object);
}

static void
scope_fold_class_init (ScopeFoldClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  object_class->get_property = scope_fold_get_property;
  object_class->set_property = scope_fold_set_property;
  object_class->dispose = scope_fold_dispose;
  props[PROP_LEVEL] = g_param_spec_uint ("level", NULL, NULL, 0, SCOPE_FOLD_MOST, 0,
                                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_LEVELS] = g_param_spec_uint ("levels", NULL, NULL, 0, SCOPE_FOLD_MOST, 0,
                                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  props[PROP_LEAST] = g_param_spec_int ("least", NULL, NULL, 0, G_MAXINT, 0,
                                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  widget_class->measure = scope_fold_measure;
  widget_class->size_allocate = scope_fold_size_allocate;
  widget_class->get_request_mode = scope_fold_get_request_mode;
}

static void
scope_fold_init (ScopeFold *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

guint
scope_fold_get_level (ScopeFold *self)
{
  g_return_val_if_fail (SCOPE_IS_FOLD (self), 0);
  return self->level;
}
