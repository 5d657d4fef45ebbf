/* Pointer, keys and focus. */
#include "ui/cell-grid-private.h"

/* What is at a place of the widget; G_MAXUINT: nothing is. */
static guint
position_at (ScopeCellGrid *self, double x, double y)
{
  GtkWidget *at = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);
  if (at != NULL && at != GTK_WIDGET (self))
    at = gtk_widget_get_ancestor (at, SCOPE_TYPE_CELL_ITEM);
  return SCOPE_IS_CELL_ITEM (at) ? scope_cell_item_get_position (SCOPE_CELL_ITEM (at)) : G_MAXUINT;
}

/* On release, so that a finger may scroll with what it touches. */
static void
released_cb (GtkGestureClick *gesture, int presses, double x, double y, ScopeCellGrid *self)
{
  guint position = position_at (self, x, y);
  if (position == G_MAXUINT)
    return;
  scope_cell_grid_choose (self, position);
  if (!self->selects)
    g_signal_emit (self, scope_cell_grid_signals[SCOPE_CELL_GRID_ACTIVATED], 0, position);
}

static void
pressed_cb (GtkGestureClick *gesture, int presses, double x, double y, ScopeCellGrid *self)
{
  guint position = position_at (self, x, y);
  if (presses == 2 && position != G_MAXUINT && self->selects)
    g_signal_emit (self, scope_cell_grid_signals[SCOPE_CELL_GRID_ACTIVATED], 0, position);
}

/* --- keys ---------------------------------------------------------------------------------------
 */

/* Where the keys are: G_MAXUINT: nowhere. */
static guint
cursor (ScopeCellGrid *self)
{
  GtkWidget *focus = gtk_widget_get_focus_child (GTK_WIDGET (self));
  return SCOPE_IS_CELL_ITEM (focus) ? scope_cell_item_get_position (SCOPE_CELL_ITEM (focus))
                                    : self->selected;
}

static gint64
page_of (ScopeCellGrid *self)
{
  int rows = self->row_height > 0 ? self->height / self->row_height : 1;
  return (gint64)MAX (rows, 1) * self->columns;
}

/* How far a key goes; FALSE: it is none of ours. */
static gboolean
key_step (ScopeCellGrid *self, guint keyval, gint64 *step)
{
  gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  switch (keyval) {
  case GDK_KEY_Left:
  case GDK_KEY_KP_Left:
    *step = rtl ? 1 : -1;
    return !self->list;
  case GDK_KEY_Right:
  case GDK_KEY_KP_Right:
    *step = rtl ? -1 : 1;
    return !self->list;
  case GDK_KEY_Up:
  case GDK_KEY_KP_Up:
    *step = -(gint64)self->columns;
    return TRUE;
  case GDK_KEY_Down:
  case GDK_KEY_KP_Down:
    *step = self->columns;
    return TRUE;
  case GDK_KEY_Page_Up:
  case GDK_KEY_KP_Page_Up:
    *step = -page_of (self);
    return TRUE;
  case GDK_KEY_Page_Down:
  case GDK_KEY_KP_Page_Down:
    *step = page_of (self);
    return TRUE;
  case GDK_KEY_Home:
  case GDK_KEY_KP_Home:
    *step = -(gint64)G_MAXUINT;
    return TRUE;
  case GDK_KEY_End:
  case GDK_KEY_KP_End:
    *step = G_MAXUINT;
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
activate (ScopeCellGrid *self, guint keyval)
{
  guint position = cursor (self);
  if (position >= self->count
      || (keyval != GDK_KEY_Return && keyval != GDK_KEY_KP_Enter && keyval != GDK_KEY_ISO_Enter
          && keyval != GDK_KEY_space))
    return FALSE;
  scope_cell_grid_choose (self, position);
  if (keyval != GDK_KEY_space || !self->selects)
    g_signal_emit (self, scope_cell_grid_signals[SCOPE_CELL_GRID_ACTIVATED], 0, position);
  return TRUE;
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint keyval, guint code, GdkModifierType state,
        ScopeCellGrid *self)
{
  guint from = cursor (self);
  gint64 step, last = (gint64)self->count - 1;
  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK)) != 0 || last < 0)
    return FALSE;
  if (!key_step (self, keyval, &step))
    return activate (self, keyval);
  gint64 to = from >= self->count ? 0 : CLAMP ((gint64)from + step, 0, last);
  if (to != (gint64)from)
    scope_cell_grid_choose (self, (guint)to);
  return TRUE;
}

/* --- focus --------------------------------------------------------------------------------------
 */

gboolean
scope_cell_grid_take_focus (ScopeCellGrid *self)
{
  guint begin, end;
  if (self->selected != G_MAXUINT)
    scope_cell_grid_scroll_to (self, self->selected);
  ScopeCellItem *item = scope_cell_grid_find (self, self->selected);
  if (item == NULL) {
    scope_cell_grid_get_sight (self, &begin, &end);
    item = scope_cell_grid_find (self, begin);
  }
  return item != NULL && gtk_widget_grab_focus (GTK_WIDGET (item));
}

void
scope_cell_grid_add_input (ScopeCellGrid *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect (click, "released", G_CALLBACK (released_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}
