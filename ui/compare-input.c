/* The comparison's pointer and keyboard. */
#include "ui/compare-plot-private.h"

#include "ui/controllers.h"
#include "ui/map-keys.h"

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
  scope_map_geometry_scroll (g, dx, dy, px, py);
  scope_compare_plot_moved (self);
  return GDK_EVENT_STOP;
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, ScopeComparePlot *self)
{
  gsize row, column;
  gboolean rests
      = scope_controllers_pointer_rests (GTK_EVENT_CONTROLLER (controller), &self->pointer_place);
  self->pointer_inside = TRUE;
  self->pointer_x = x;
  self->pointer_y = y;
  if (!rests && scope_compare_plot_cell_at (self, x, y, &row, &column))
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

/* ARGS is (rows, columns) to move by. */
static gboolean
nudge_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeComparePlot *self = SCOPE_COMPARE_PLOT (widget);
  int rows, columns;
  if (self->geometry.length <= 0)
    return FALSE;
  g_variant_get (args, "(ii)", &rows, &columns);
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  scope_map_geometry_step (&self->geometry, &row, &column, rows, columns);
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
  scope_map_geometry_pan (&self->geometry, -right * SCOPE_MAP_PAN_STEP, -down * SCOPE_MAP_PAN_STEP);
  scope_compare_plot_moved (self);
  return TRUE;
}

void
scope_compare_input_class_init (GtkWidgetClass *widget_class)
{
  scope_map_keys_bind (widget_class, nudge_cb, pan_cb);
}

void
scope_compare_input_init (ScopeComparePlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  scope_controllers_add_scroll (widget, G_CALLBACK (scroll_cb));
  scope_controllers_add_motion (widget, G_CALLBACK (motion_cb), G_CALLBACK (leave_cb));
  scope_controllers_add_keys (widget, G_CALLBACK (key_pressed_cb), G_CALLBACK (key_released_cb));
  scope_controllers_add_focus (widget, G_CALLBACK (gtk_widget_queue_draw),
                               G_CALLBACK (focus_leave_cb));
  scope_controllers_add_drag (widget, G_CALLBACK (drag_begin_cb), G_CALLBACK (drag_update_cb),
                              G_CALLBACK (drag_end_cb));
  scope_controllers_add_press (widget, GDK_BUTTON_PRIMARY, G_CALLBACK (pressed_cb));
  gtk_widget_set_cursor_from_name (widget, "crosshair");
}
