/* The map's pointer and keyboard. */
#include "ui/map-view-private.h"

#include <math.h>

#define PAN_STEP 80 /* pixels */

/* --- wheel, drag, click, pinch, motion -----------------------------------------------------------
 */

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, ScopeMapView *self)
{
  if (self->geometry.length <= 0)
    return GDK_EVENT_PROPAGATE;
  double px = self->pointer_inside ? self->pointer_x - self->left : self->geometry.width / 2;
  double py = self->pointer_inside ? self->pointer_y - self->top : self->geometry.height / 2;
  if (dy != 0) {
    double scale = self->geometry.scale * pow (SCOPE_MAP_ZOOM_STEP, -dy);
    scope_map_geometry_set_scale (&self->geometry, scale, px, py);
  }
  if (dx != 0)
    scope_map_geometry_pan (&self->geometry, -dx * PAN_STEP / 2.0, 0);
  scope_map_view_changed (self);
  return GDK_EVENT_STOP;
}

static void
point_at (ScopeMapView *self, double x, double y)
{
  gsize row, column;
  if (scope_map_geometry_cell (&self->geometry, x - self->left, y - self->top, &row, &column)
      && column <= row)
    scope_map_view_set_cursor (self, row, column);
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, ScopeMapView *self)
{
  graphene_rect_t minimap;
  graphene_point_t point = GRAPHENE_POINT_INIT ((float)x, (float)y);
  /* GTK repeats the pointer's place after every new layout: the crosshair that a key has moved is
   * not called back by a pointer that rests. */
  if (self->pointer_inside && x == self->pointer_x && y == self->pointer_y)
    return;
  self->pointer_inside = TRUE;
  self->pointer_x = x;
  self->pointer_y = y;
  if (scope_map_paint_minimap_area (self, &minimap)
      && graphene_rect_contains_point (&minimap, &point))
    return;
  point_at (self, x, y);
}

static void
leave_cb (GtkEventControllerMotion *controller, ScopeMapView *self)
{
  self->pointer_inside = FALSE;
}

static void
look_at_minimap (ScopeMapView *self, const graphene_rect_t *area, double x, double y)
{
  double column = (x - area->origin.x) / area->size.width * self->geometry.length;
  double row = (y - area->origin.y) / area->size.height * self->geometry.length;
  scope_map_geometry_centre (&self->geometry, row, column);
  scope_map_view_changed (self);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, ScopeMapView *self)
{
  graphene_rect_t minimap;
  graphene_point_t point = GRAPHENE_POINT_INIT ((float)x, (float)y);
  self->drag_x = self->drag_y = 0;
  self->drag_minimap = scope_map_paint_minimap_area (self, &minimap)
                       && graphene_rect_contains_point (&minimap, &point);
  if (self->drag_minimap)
    look_at_minimap (self, &minimap, x, y);
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeMapView *self)
{
  graphene_rect_t minimap;
  double x, y;
  if (self->drag_minimap) {
    if (scope_map_paint_minimap_area (self, &minimap)
        && gtk_gesture_drag_get_start_point (gesture, &x, &y))
      look_at_minimap (self, &minimap, x + dx, y + dy);
    return;
  }
  if (!self->geometry.fitted)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
  scope_map_geometry_pan (&self->geometry, dx - self->drag_x, dy - self->drag_y);
  self->drag_x = dx;
  self->drag_y = dy;
  scope_map_view_changed (self);
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeMapView *self)
{
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "crosshair");
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, ScopeMapView *self)
{
  if (n_press != 2 || self->drag_minimap)
    return;
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  double factor = (state & GDK_SHIFT_MASK) ? 0.5 : 2;
  scope_map_geometry_set_scale (&self->geometry, self->geometry.scale * factor, x - self->left,
                                y - self->top);
  scope_map_view_changed (self);
}

static void
pinch_begin_cb (GtkGesture *gesture, GdkEventSequence *sequence, ScopeMapView *self)
{
  self->pinch_scale = self->geometry.scale;
}

static void
pinch_cb (GtkGestureZoom *gesture, double factor, ScopeMapView *self)
{
  double x, y;
  if (!gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y))
    return;
  scope_map_geometry_set_scale (&self->geometry, self->pinch_scale * factor, x - self->left,
                                y - self->top);
  scope_map_view_changed (self);
}

static void
focus_cb (ScopeMapView *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
scope_map_input_init (ScopeMapView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *scroll
      = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  gtk_widget_add_controller (widget, scroll);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (widget, motion);
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
  GtkEventController *focus = gtk_event_controller_focus_new ();
  g_signal_connect_swapped (focus, "enter", G_CALLBACK (focus_cb), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (focus_cb), self);
  gtk_widget_add_controller (widget, focus);
  gtk_widget_set_cursor_from_name (widget, "crosshair");
}

/* --- keys ----------------------------------------------------------------------------------------
 */

static gsize
moved (gsize value, int by, gsize length)
{
  gint64 target = (gint64)value + by;
  return (gsize)CLAMP (target, 0, (gint64)length - 1);
}

/* ARGS is (rows, columns) to move by. */
static gboolean
nudge_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  gsize length = (gsize)self->geometry.length;
  int rows, columns;
  if (length == 0 || self->session == NULL)
    return FALSE;
  g_variant_get (args, "(ii)", &rows, &columns);
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  if (row == G_MAXSIZE || column == G_MAXSIZE) {
    row = length - 1;
    column = length - 1;
  } else {
    row = moved (row, rows, length);
    column = MIN (moved (column, columns, length), row); /* the map is causal */
  }
  scope_map_geometry_reveal (&self->geometry, row, column);
  scope_map_view_changed (self);
  scope_map_view_set_cursor (self, row, column);
  return TRUE;
}

/* ARGS is (right, down) in steps. */
static gboolean
pan_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  int right, down;
  g_variant_get (args, "(ii)", &right, &down);
  scope_map_geometry_pan (&self->geometry, -right * PAN_STEP, -down * PAN_STEP);
  scope_map_view_changed (self);
  return TRUE;
}

void
scope_map_input_class_init (GtkWidgetClass *widget_class)
{
  static const struct {
    guint key, keypad;
    int right, down;
  } arrows[] = {
    { GDK_KEY_Left, GDK_KEY_KP_Left, -1, 0 },
    { GDK_KEY_Right, GDK_KEY_KP_Right, 1, 0 },
    { GDK_KEY_Up, GDK_KEY_KP_Up, 0, -1 },
    { GDK_KEY_Down, GDK_KEY_KP_Down, 0, 1 },
  };
  for (guint k = 0; k < G_N_ELEMENTS (arrows); k++) {
    int right = arrows[k].right, down = arrows[k].down;
    const guint keys[] = { arrows[k].key, arrows[k].keypad };
    for (guint n = 0; n < G_N_ELEMENTS (keys); n++) {
      gtk_widget_class_add_binding (widget_class, keys[n], 0, nudge_cb, "(ii)", down, right);
      gtk_widget_class_add_binding (widget_class, keys[n], GDK_SHIFT_MASK, nudge_cb, "(ii)",
                                    10 * down, 10 * right);
      gtk_widget_class_add_binding (widget_class, keys[n], GDK_CONTROL_MASK, pan_cb, "(ii)", right,
                                    down);
    }
  }
}
