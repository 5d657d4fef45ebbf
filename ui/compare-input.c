/* The comparison's pointer and keyboard. */
#include "ui/compare-plot-private.h"

#include <math.h>

#include "ui/map-view.h"

#define PAN_STEP 80 /* pixels */

/* Where X is within its pane: panes show the same cells at the same places. */
static double
pane_x (ScopeComparePlot *self, double x)
{
  double second = scope_compare_plot_pane_x (self, 1);
  return self->panes > 1 && x >= second - self->gap / 2 ? x - second : x - self->left;
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, ScopeComparePlot *self)
{
  ScopeMapGeometry *g = &self->geometry;
  if (g->length <= 0)
    return GDK_EVENT_PROPAGATE;
  double px = self->pointer_inside ? pane_x (self, self->pointer_x) : g->width / 2;
  double py = self->pointer_inside ? self->pointer_y - self->top : g->height / 2;
  if (dy != 0)
    scope_map_geometry_set_scale (g, g->scale * pow (SCOPE_MAP_ZOOM_STEP, -dy), px, py);
  if (dx != 0)
    scope_map_geometry_pan (g, -dx * PAN_STEP / 2.0, 0);
  scope_compare_plot_moved (self);
  return GDK_EVENT_STOP;
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, ScopeComparePlot *self)
{
  gsize row, column;
  /* A pointer that rests does not call the crosshair back from where a key has moved it. */
  if (self->pointer_inside && x == self->pointer_x && y == self->pointer_y)
    return;
  self->pointer_inside = TRUE;
  self->pointer_x = x;
  self->pointer_y = y;
  if (scope_compare_plot_cell_at (self, x, y, &row, &column))
    scope_session_set_cursor (self->session, row, column);
}

static void
leave_cb (GtkEventControllerMotion *controller, ScopeComparePlot *self)
{
  self->pointer_inside = FALSE;
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, ScopeComparePlot *self)
{
  self->drag_x = self->drag_y = 0;
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeComparePlot *self)
{
  if (!self->geometry.fitted)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
  scope_map_geometry_pan (&self->geometry, dx - self->drag_x, dy - self->drag_y);
  self->drag_x = dx;
  self->drag_y = dy;
  scope_compare_plot_moved (self);
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeComparePlot *self)
{
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "crosshair");
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, ScopeComparePlot *self)
{
  gsize row, column;
  if (n_press == 1 && scope_compare_plot_cell_at (self, x, y, &row, &column))
    scope_session_select (self->session, row, column);
  if (n_press != 2)
    return;
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  double factor = (state & GDK_SHIFT_MASK) ? 0.5 : 2;
  scope_map_geometry_set_scale (&self->geometry, self->geometry.scale * factor, pane_x (self, x),
                                y - self->top);
  scope_compare_plot_moved (self);
}

/* --- keys ---------------------------------------------------------------------------------------
 */

static gboolean
key_pressed_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
                ScopeComparePlot *self)
{
  if (key != GDK_KEY_space && key != GDK_KEY_KP_Space)
    return GDK_EVENT_PROPAGATE;
  scope_compare_plot_set_flipped (self, TRUE);
  return GDK_EVENT_STOP;
}

static void
key_released_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
                 ScopeComparePlot *self)
{
  if (key == GDK_KEY_space || key == GDK_KEY_KP_Space)
    scope_compare_plot_set_flipped (self, FALSE);
}

static void
focus_leave_cb (ScopeComparePlot *self)
{
  scope_compare_plot_set_flipped (self, FALSE);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
focus_enter_cb (ScopeComparePlot *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

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
  ScopeComparePlot *self = SCOPE_COMPARE_PLOT (widget);
  gsize length = (gsize)self->geometry.length;
  int rows, columns;
  if (length == 0)
    return FALSE;
  g_variant_get (args, "(ii)", &rows, &columns);
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  if (row >= length || column >= length) {
    row = column = length - 1;
  } else {
    row = moved (row, rows, length);
    column = MIN (moved (column, columns, length), row); /* the map is causal */
  }
  scope_map_geometry_reveal (&self->geometry, row, column);
  scope_session_select (self->session, row, column);
  scope_compare_plot_moved (self);
  return TRUE;
}

/* ARGS is (right, down) in steps. */
static gboolean
pan_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeComparePlot *self = SCOPE_COMPARE_PLOT (widget);
  int right, down;
  g_variant_get (args, "(ii)", &right, &down);
  scope_map_geometry_pan (&self->geometry, -right * PAN_STEP, -down * PAN_STEP);
  scope_compare_plot_moved (self);
  return TRUE;
}

void
scope_compare_input_class_init (GtkWidgetClass *widget_class)
{
  static const struct {
    guint key;
    int right, down;
  } arrows[] = {
    { GDK_KEY_Left, -1, 0 },    { GDK_KEY_KP_Left, -1, 0 }, { GDK_KEY_Right, 1, 0 },
    { GDK_KEY_KP_Right, 1, 0 }, { GDK_KEY_Up, 0, -1 },      { GDK_KEY_KP_Up, 0, -1 },
    { GDK_KEY_Down, 0, 1 },     { GDK_KEY_KP_Down, 0, 1 },
  };
  for (guint k = 0; k < G_N_ELEMENTS (arrows); k++) {
    int right = arrows[k].right, down = arrows[k].down;
    gtk_widget_class_add_binding (widget_class, arrows[k].key, 0, nudge_cb, "(ii)", down, right);
    gtk_widget_class_add_binding (widget_class, arrows[k].key, GDK_SHIFT_MASK, nudge_cb, "(ii)",
                                  10 * down, 10 * right);
    gtk_widget_class_add_binding (widget_class, arrows[k].key, GDK_CONTROL_MASK, pan_cb, "(ii)",
                                  right, down);
  }
}

static void
add_gestures (ScopeComparePlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
}

void
scope_compare_input_init (ScopeComparePlot *self)
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
  GtkEventController *key = gtk_event_controller_key_new ();
  g_signal_connect (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect (key, "key-released", G_CALLBACK (key_released_cb), self);
  gtk_widget_add_controller (widget, key);
  GtkEventController *focus = gtk_event_controller_focus_new ();
  g_signal_connect_swapped (focus, "enter", G_CALLBACK (focus_enter_cb), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (focus_leave_cb), self);
  gtk_widget_add_controller (widget, focus);
  add_gestures (self);
  gtk_widget_set_cursor_from_name (widget, "crosshair");
}
