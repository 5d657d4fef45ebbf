/* The text's pointer and keys. */
#include "ui/controllers.h"
#include "ui/token-text-private.h"

#define CLICK_SLOP 4 /* pixels that a click may move */

static void
pick (ScopeTokenText *self, gsize token, gboolean column)
{
  g_signal_emit (self, scope_token_text_signals[TOKEN_TEXT_PICKED], 0, (guint64)token, column);
}

static void
hover (ScopeTokenText *self, gsize token)
{
  if (token == self->hover)
    return;
  self->hover = token;
  g_signal_emit (self, scope_token_text_signals[TOKEN_TEXT_HOVERED], 0,
                 token != G_MAXSIZE ? (guint64)token : G_MAXUINT64);
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, ScopeTokenText *self)
{
  gsize token;
  gboolean inside = scope_token_text_find (self, x, y, &token);
  hover (self, inside ? token : G_MAXSIZE);
}

static void
leave_cb (GtkEventControllerMotion *controller, ScopeTokenText *self)
{
  hover (self, G_MAXSIZE);
}

static void
select_range (ScopeTokenText *self, gsize anchor, gsize extent)
{
  self->anchor = anchor;
  self->extent = extent;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, ScopeTokenText *self)
{
  self->dragging = FALSE;
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

/* A drag selects text; what is near enough to a click is one. */
static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeTokenText *self)
{
  double x, y;
  gsize from, to;
  if (!self->dragging && ABS (dx) < CLICK_SLOP && ABS (dy) < CLICK_SLOP)
    return;
  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  if (self->blocks == NULL)
    return;
  scope_token_text_find (self, x + dx, y + dy, &to);
  if (!self->dragging) {
    scope_token_text_find (self, x, y, &from);
    select_range (self, from, to);
  } else {
    select_range (self, self->anchor, to);
  }
  self->dragging = TRUE;
  scope_token_text_reveal (self, to);
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeTokenText *self)
{
  double x, y;
  gsize token;
  if (self->dragging || !gtk_gesture_drag_get_start_point (gesture, &x, &y))
    return;
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  select_range (self, G_MAXSIZE, G_MAXSIZE);
  if (scope_token_text_find (self, x, y, &token))
    pick (self, token, (state & GDK_SHIFT_MASK) != 0);
}

/* --- keys ----------------------------------------------------------------------------------------
 */

typedef enum { STEP_TOKENS, STEP_LINES, STEP_PAGES, STEP_LINE_ENDS, STEP_TEXT_ENDS } Step;

/* From one line to the next, below or above the same place of it. */
static gsize
token_lines_away (ScopeTokenText *self, gsize token, double lines)
{
  graphene_rect_t area;
  gsize found = token;
  scope_token_text_reveal (self, token);
  if (!scope_token_text_place (self, token, &area))
    return token;
  double x = area.origin.x + 1;
  double pitch = area.size.height + SCOPE_TOKEN_LINE_SPACING;
  scope_token_text_find (self, x, area.origin.y + pitch * (lines + 0.4), &found);
  return found;
}

static gsize
token_pages_away (ScopeTokenText *self, gsize token, int pages)
{
  graphene_rect_t area;
  scope_token_text_reveal (self, token);
  if (!scope_token_text_place (self, token, &area))
    return token;
  double pitch = area.size.height + SCOPE_TOKEN_LINE_SPACING;
  return token_lines_away (self, token,
                           pages * MAX (gtk_widget_get_height (GTK_WIDGET (self)) / pitch - 2, 1));
}

static gsize
moved (ScopeTokenText *self, gsize token, Step step, int by)
{
  gsize count = scope_tokens_count (self->tokens), first, last;
  switch (step) {
  case STEP_TOKENS:
    return (gsize)CLAMP ((gint64)token + by, 0, (gint64)count - 1);
  case STEP_LINES:
    return token_lines_away (self, token, by);
  case STEP_PAGES:
    return token_pages_away (self, token, by);
  case STEP_LINE_ENDS:
    scope_token_text_line (self, token, &first, &last);
    return by < 0 ? first : last;
  default:
    return by < 0 ? 0 : count - 1;
  }
}

/* ARGS is (step, by, of the column). From where nothing is selected keys begin at the first token
 * in sight. */
static gboolean
step_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeTokenText *self = SCOPE_TOKEN_TEXT (widget);
  int step, by;
  gboolean column;
  g_variant_get (args, "(iib)", &step, &by, &column);
  if (self->blocks == NULL || self->column_width <= 0)
    return FALSE;
  gsize from = column ? self->column : self->row;
  if (from >= scope_tokens_count (self->tokens))
    from = scope_token_text_get_first (self);
  else
    from = moved (self, from, (Step)step, by);
  pick (self, from, column);
  scope_token_text_reveal (self, from);
  return TRUE;
}

static gboolean
select_all_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeTokenText *self = SCOPE_TOKEN_TEXT (widget);
  if (self->tokens != NULL)
    select_range (self, 0, scope_tokens_count (self->tokens) - 1);
  return TRUE;
}

/* The selection, else the selected token. */
static gboolean
copy_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeTokenText *self = SCOPE_TOKEN_TEXT (widget);
  if (self->anchor == G_MAXSIZE && self->row != G_MAXSIZE)
    select_range (self, self->row, self->row);
  g_autofree char *text = scope_token_text_copy (self);
  if (text != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
  return text != NULL;
}

void
scope_token_text_input_init (ScopeTokenText *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GCallback redraw = G_CALLBACK (gtk_widget_queue_draw);
  scope_controllers_add_motion (widget, G_CALLBACK (motion_cb), G_CALLBACK (leave_cb));
  scope_controllers_add_drag (widget, G_CALLBACK (drag_begin_cb), G_CALLBACK (drag_update_cb),
                              G_CALLBACK (drag_end_cb));
  scope_controllers_add_focus (widget, redraw, redraw);
  gtk_widget_set_cursor_from_name (widget, "text");
}

void
scope_token_text_input_class_init (GtkWidgetClass *widget_class)
{
  static const struct {
    guint key, keypad, modifiers;
    Step step;
    int by;
  } keys[] = {
    { GDK_KEY_Left, GDK_KEY_KP_Left, 0, STEP_TOKENS, -1 },
    { GDK_KEY_Right, GDK_KEY_KP_Right, 0, STEP_TOKENS, 1 },
    { GDK_KEY_Up, GDK_KEY_KP_Up, 0, STEP_LINES, -1 },
    { GDK_KEY_Down, GDK_KEY_KP_Down, 0, STEP_LINES, 1 },
    { GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, 0, STEP_PAGES, -1 },
    { GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, 0, STEP_PAGES, 1 },
    { GDK_KEY_Home, GDK_KEY_KP_Home, 0, STEP_LINE_ENDS, -1 },
    { GDK_KEY_End, GDK_KEY_KP_End, 0, STEP_LINE_ENDS, 1 },
    { GDK_KEY_Home, GDK_KEY_KP_Home, GDK_CONTROL_MASK, STEP_TEXT_ENDS, -1 },
    { GDK_KEY_End, GDK_KEY_KP_End, GDK_CONTROL_MASK, STEP_TEXT_ENDS, 1 },
  };
  for (guint k = 0; k < G_N_ELEMENTS (keys); k++)
    for (int column = 0; column <= 1; column++) {
      GdkModifierType state = keys[k].modifiers | (column ? GDK_SHIFT_MASK : 0);
      gtk_widget_class_add_binding (widget_class, keys[k].key, state, step_cb, "(iib)",
                                    keys[k].step, keys[k].by, column);
      gtk_widget_class_add_binding (widget_class, keys[k].keypad, state, step_cb, "(iib)",
                                    keys[k].step, keys[k].by, column);
    }
  gtk_widget_class_add_binding (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, copy_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_a, GDK_CONTROL_MASK, select_all_cb, NULL);
}
