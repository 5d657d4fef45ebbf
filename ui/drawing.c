#include "ui/drawing.h"

typedef struct {
  GskRenderNode *node; /* NULL: to be made */
} ScopeDrawingPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ScopeDrawing, scope_drawing, GTK_TYPE_WIDGET)

static GskRenderNode **
node_of (ScopeDrawing *self)
{
  ScopeDrawingPrivate *own = scope_drawing_get_instance_private (self);
  return &own->node;
}

void
scope_drawing_invalidate (ScopeDrawing *self)
{
  g_clear_pointer (node_of (self), gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
scope_drawing_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeDrawing *self = SCOPE_DRAWING (widget);
  GskRenderNode **node = node_of (self);
  if (*node == NULL)
    *node = SCOPE_DRAWING_GET_CLASS (self)->draw (self);
  if (*node != NULL)
    gtk_snapshot_append_node (snapshot, *node);
}

static void
scope_drawing_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  g_clear_pointer (node_of (SCOPE_DRAWING (widget)), gsk_render_node_unref);
}

static void
scope_drawing_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_drawing_parent_class)->css_changed (widget, change);
  scope_drawing_invalidate (SCOPE_DRAWING (widget));
}

static void
scope_drawing_finalize (GObject *object)
{
  g_clear_pointer (node_of (SCOPE_DRAWING (object)), gsk_render_node_unref);
  G_OBJECT_CLASS (scope_drawing_parent_class)->finalize (object);
}

static void
scope_drawing_class_init (ScopeDrawingClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = scope_drawing_finalize;
  widget_class->snapshot = scope_drawing_snapshot;
  widget_class->size_allocate = scope_drawing_size_allocate;
  widget_class->css_changed = scope_drawing_css_changed;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
scope_drawing_init (ScopeDrawing *self)
{
}
