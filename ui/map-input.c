/* The map's pointer and keyboard. */
#include "ui/map-view-private.h"

#include <math.h>

#include "ui/controllers.h"
#include "ui/map-keys.h"

#define CLICK_SLACK 4 /* a press that moves less is a click */

/* --- wheel, drag, click, pinch, motion -----------------------------------------------------------
 */

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy, ScopeMapView *self)
{
  if (self->geometry.length <= 0)
    return GDK_EVENT_PROPAGATE;
  double px = self->pointer_inside ? self->pointer_x - self->left : self->geometry.width / 2;
  double py = self->pointer_inside ? self->pointer_y - self->top : self->geometry.height / 2;
  scope_map_geometry_scroll (&self->geometry, dx, dy, px, py);
  scope_map_view_changed (self);
  scope_map_history_touch (self, "map.view");
  return GDK_EVENT_STOP;
}

/* The cell under a point of the widget, on or below the diagonal. */
static gboolean
cell_at (ScopeMapView *self, double x, double y, ScopeMapCell *cell)
{
  return scope_map_geometry_cell (&self->geometry, x - self->left, y - self->top, &cell->row,
                                  &cell->column)
         && cell->column <= cell->row;
}

static gboolean
on_minimap (ScopeMapView *self, double x, double y)
{
  graphene_rect_t minimap;
  graphene_point_t point = GRAPHENE_POINT_INIT ((float)x, (float)y);
  return scope_map_minimap_area (self, &minimap) && graphene_rect_contains_point (&minimap, &point);
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, ScopeMapView *self)
{
  ScopeMapCell cell;
  gboolean rests
      = scope_controllers_pointer_rests (GTK_EVENT_CONTROLLER (controller), &self->pointer_place);
  self->pointer_inside = TRUE;
  self->pointer_x = x;
  self->pointer_y = y;
  if (!rests && !on_minimap (self, x, y) && cell_at (self, x, y, &cell))
    scope_map_view_set_cursor (self, cell.row, cell.column, FALSE);
}

static void
leave_cb (GtkEventControllerMotion *controller, ScopeMapView *self)
{
  self->pointer_inside = FALSE;
  if (self->session != NULL)
    scope_session_leave_cursor (self->session);
}

static void
look_at_minimap (ScopeMapView *self, double x, double y)
{
  graphene_rect_t area;
  if (!scope_map_minimap_area (self, &area))
    return;
  double column = (x - area.origin.x) / area.size.width * self->geometry.length;
  double row = (y - area.origin.y) / area.size.height * self->geometry.length;
  scope_map_geometry_centre (&self->geometry, row, column);
  scope_map_view_changed (self);
  scope_map_history_touch (self, "map.view");
}

/* --- drag: pan, the minimap's window, a selection ------------------------------------------------
 */

/* The cell that a point is nearest to, inside the map. */
static ScopeMapCell
nearest_cell (ScopeMapView *self, double x, double y)
{
  const ScopeMapGeometry *g = &self->geometry;
  double px = CLAMP (x - self->left, 0, g->width), py = CLAMP (y - self->top, 0, g->height);
  double last = MAX (g->length - 1, 0);
  return (ScopeMapCell){ (gsize)CLAMP (floor (g->y + py / g->scale), 0, last),
                         (gsize)CLAMP (floor (g->x + px / g->scale), 0, last) };
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, ScopeMapView *self)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  self->drag_x = self->drag_y = 0;
  self->drag = on_minimap (self, x, y)    ? SCOPE_MAP_DRAG_MINIMAP
               : (state & GDK_SHIFT_MASK) ? SCOPE_MAP_DRAG_SELECT
                                          : SCOPE_MAP_DRAG_PAN;
  self->anchor = nearest_cell (self, x, y);
  self->selecting = FALSE;
  if (self->drag == SCOPE_MAP_DRAG_MINIMAP)
    look_at_minimap (self, x, y);
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeMapView *self)
{
  double x, y;
  if (!gtk_gesture_drag_get_start_point (gesture, &x, &y))
    return;
  if (self->drag == SCOPE_MAP_DRAG_MINIMAP) {
    look_at_minimap (self, x + dx, y + dy);
    return;
  }
  if (self->drag == SCOPE_MAP_DRAG_SELECT) {
    if (MAX (fabs (dx), fabs (dy)) >= CLICK_SLACK)
      scope_map_select_to (self, nearest_cell (self, x + dx, y + dy));
    return;
  }
  if (!self->geometry.fitted)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
  scope_map_geometry_pan (&self->geometry, dx - self->drag_x, dy - self->drag_y);
  self->drag_x = dx;
  self->drag_y = dy;
  scope_map_view_changed (self);
}

/* A press that did not become a drag is a click: the cell is meant, or with Shift pinned. */
static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeMapView *self)
{
  double x, y;
  ScopeMapCell cell;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "crosshair");
  if (!gtk_gesture_drag_get_start_point (gesture, &x, &y) || self->drag == SCOPE_MAP_DRAG_MINIMAP)
    return;
  if (MAX (fabs (dx), fabs (dy)) >= CLICK_SLACK)
    scope_map_history_touch (self,
                             self->drag == SCOPE_MAP_DRAG_SELECT ? "map.selection" : "map.view");
  else if (cell_at (self, x, y, &cell) && self->drag == SCOPE_MAP_DRAG_SELECT)
    scope_map_toggle_pin (self, cell);
  else if (cell_at (self, x, y, &cell))
    scope_map_view_set_cursor (self, cell.row, cell.column, TRUE);
}

static gboolean
in_selection (ScopeMapView *self, double x, double y)
{
  ScopeMapCell cell = nearest_cell (self, x, y);
  ScopeRange range = self->selection;
  return scope_map_has_selection (self) && cell.row >= range.row_begin && cell.row < range.row_end
         && cell.column >= range.column_begin && cell.column < range.column_end;
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, ScopeMapView *self)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  if (n_press != 2 || on_minimap (self, x, y) || (state & GDK_SHIFT_MASK))
    return;
  if (in_selection (self, x, y)) {
    scope_map_view_show_range (self, self->selection);
    return;
  }
  double factor = (state & GDK_ALT_MASK) ? 0.5 : 2;
  scope_map_geometry_set_scale (&self->geometry, self->geometry.scale * factor, x - self->left,
                                y - self->top);
  scope_map_view_changed (self);
  scope_map_history_touch (self, "map.view");
}

static void
menu_pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, ScopeMapView *self)
{
  ScopeMapCell cell;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (cell_at (self, x, y, &cell))
    scope_map_view_set_cursor (self, cell.row, cell.column, TRUE); /* the menu is about it */
  scope_map_show_menu (self, x, y);
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
  scope_map_history_touch (self, "map.view");
}

void
scope_map_input_init (ScopeMapView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GCallback redraw = G_CALLBACK (gtk_widget_queue_draw);
  scope_controllers_add_scroll (widget, G_CALLBACK (scroll_cb));
  scope_controllers_add_motion (widget, G_CALLBACK (motion_cb), G_CALLBACK (leave_cb));
  scope_controllers_add_drag (widget, G_CALLBACK (drag_begin_cb), G_CALLBACK (drag_update_cb),
                              G_CALLBACK (drag_end_cb));
  scope_controllers_add_press (widget, GDK_BUTTON_PRIMARY, G_CALLBACK (pressed_cb));
  scope_controllers_add_press (widget, GDK_BUTTON_SECONDARY, G_CALLBACK (menu_pressed_cb));
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
  scope_controllers_add_focus (widget, redraw, redraw);
  gtk_widget_set_cursor_from_name (widget, "crosshair");
}

/* --- keys ----------------------------------------------------------------------------------------
 */

/* ARGS is (rows, columns) to move by. */
static gboolean
nudge_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  int rows, columns;
  if (self->geometry.length <= 0 || self->session == NULL)
    return FALSE;
  g_variant_get (args, "(ii)", &rows, &columns);
  ScopeMapCell cell;
  if (!scope_map_view_get_cursor (self, &cell))
    cell = (ScopeMapCell){ G_MAXSIZE, G_MAXSIZE };
  scope_map_geometry_step (&self->geometry, &cell.row, &cell.column, rows, columns);
  double x = self->geometry.x, y = self->geometry.y;
  scope_map_geometry_reveal (&self->geometry, cell.row, cell.column);
  if (x != self->geometry.x || y != self->geometry.y)
    scope_map_view_changed (self);
  scope_map_view_set_cursor (self, cell.row, cell.column, TRUE);
  if (self->selecting) {
    scope_map_select_to (self, cell);
    scope_map_history_touch (self, "map.selection");
  }
  return TRUE;
}

/* ARGS is (right, down) in steps. */
static gboolean
pan_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  int right, down;
  g_variant_get (args, "(ii)", &right, &down);
  scope_map_geometry_pan (&self->geometry, -right * SCOPE_MAP_PAN_STEP, -down * SCOPE_MAP_PAN_STEP);
  scope_map_view_changed (self);
  scope_map_history_touch (self, "map.view");
  return TRUE;
}

void
scope_map_input_class_init (GtkWidgetClass *widget_class)
{
  scope_map_keys_bind (widget_class, nudge_cb, pan_cb);
}
