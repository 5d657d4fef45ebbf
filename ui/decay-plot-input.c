/* The plot's pointer and keys. */
#include <math.h>

#include "ui/controllers.h"
#include "ui/decay-plot-private.h"

#define GRIP 6 /* pixels beside the θ line that still take hold of it */
/* A key's step of θ is this share of the axis. */
#define STEP_SHARE 0.01

static void
move_theta (ScopeDecayPlot *self, double ln_theta)
{
  g_signal_emit (self, scope_decay_plot_signals[DECAY_PLOT_THETA_MOVED], 0, ln_theta);
}

static gboolean
on_theta (ScopeDecayPlot *self, double x, double y)
{
  ScopePlotArea area;
  graphene_rect_t handle;
  graphene_point_t point = GRAPHENE_POINT_INIT ((float)x, (float)y);
  if (!scope_decay_plot_area (self, &area))
    return FALSE;
  if (gtk_widget_compute_bounds (self->handle, GTK_WIDGET (self), &handle)
      && graphene_rect_contains_point (&handle, &point))
    return TRUE;
  return x >= area.x && x <= area.x + area.width
         && fabs (y - scope_decay_plot_y (&area, self->ln_theta)) <= GRIP;
}

static void
hover (ScopeDecayPlot *self, gsize channel)
{
  if (channel == self->hover)
    return;
  self->hover = channel;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, scope_decay_plot_signals[DECAY_PLOT_HOVERED], 0,
                 channel != G_MAXSIZE ? (guint64)channel : G_MAXUINT64);
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, ScopeDecayPlot *self)
{
  if (self->dragging)
    return;
  gboolean theta = on_theta (self, x, y);
  gsize channel = theta ? G_MAXSIZE : scope_decay_plot_channel_at (self, x, y);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), theta                  ? "ns-resize"
                                                      : channel != G_MAXSIZE ? "pointer"
                                                                             : "default");
  hover (self, channel);
}

static void
leave_cb (GtkEventControllerMotion *controller, ScopeDecayPlot *self)
{
  hover (self, G_MAXSIZE);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, ScopeDecayPlot *self)
{
  ScopePlotArea area;
  self->dragging = on_theta (self, x, y) && scope_decay_plot_area (self, &area);
  gtk_widget_grab_focus (self->dragging ? self->handle : GTK_WIDGET (self));
  if (!self->dragging)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->drag_ln = CLAMP (self->ln_theta, area.bottom, area.top);
  hover (self, G_MAXSIZE);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeDecayPlot *self)
{
  ScopePlotArea area;
  if (!self->dragging || !scope_decay_plot_area (self, &area))
    return;
  double ln = self->drag_ln - dy / area.height * (area.top - area.bottom);
  move_theta (self, CLAMP (ln, area.bottom, MIN (area.top, 0)));
}

static void
pick_at (ScopeDecayPlot *self, double x, double y, gboolean add)
{
  ScopePlotArea area;
  gsize channel = scope_decay_plot_channel_at (self, x, y);
  if (channel != G_MAXSIZE) {
    g_signal_emit (self, scope_decay_plot_signals[DECAY_PLOT_CHANNEL_PICKED], 0, (guint64)channel,
                   add);
    return;
  }
  if (!scope_decay_plot_area (self, &area) || x < area.x || x > area.x + area.width || y < area.y
      || y > area.y + area.height)
    return;
  double tokens = area.left + (x - area.x) / area.width * (area.right - area.left);
  g_signal_emit (self, scope_decay_plot_signals[DECAY_PLOT_TOKEN_PICKED], 0,
                 (guint64)MAX (round (tokens) - 1, 0));
}

static void
drag_end_cb (GtkGestureDrag *gesture, double dx, double dy, ScopeDecayPlot *self)
{
  double x, y;
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  if (self->dragging) {
    self->dragging = FALSE;
    g_signal_emit (self, scope_decay_plot_signals[DECAY_PLOT_THETA_DROPPED], 0);
    gtk_widget_queue_draw (GTK_WIDGET (self));
  } else if (fabs (dx) < 4 && fabs (dy) < 4 && gtk_gesture_drag_get_start_point (gesture, &x, &y)) {
    pick_at (self, x, y, (state & GDK_CONTROL_MASK) != 0);
  }
}

static void
stepped_cb (ScopeDecayPlot *self, int step)
{
  ScopePlotArea area;
  if (step == 0)
    move_theta (self, NAN);
  else if (scope_decay_plot_area (self, &area))
    move_theta (self, MIN (self->ln_theta + step * STEP_SHARE * (area.top - area.bottom), 0));
}

/* ARGS is (tokens in hundredths of the text, or single ones if 0; sign). */
static gboolean
token_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeDecayPlot *self = SCOPE_DECAY_PLOT (widget);
  const ScopeCurvesView *view = self->curves != NULL ? scope_curves_get_view (self->curves) : NULL;
  int share, sign;
  g_variant_get (args, "(ii)", &share, &sign);
  if (view == NULL)
    return FALSE;
  gint64 step = sign * MAX ((gint64)view->tokens * share / 100, 1);
  gint64 from = self->token < view->tokens ? (gint64)self->token + step : 0;
  g_signal_emit (self, scope_decay_plot_signals[DECAY_PLOT_TOKEN_PICKED], 0,
                 (guint64)CLAMP (from, 0, (gint64)view->tokens - 1));
  return TRUE;
}

static gboolean
channel_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  int by;
  g_variant_get (args, "(i)", &by);
  g_signal_emit (widget, scope_decay_plot_signals[DECAY_PLOT_STEPPED], 0, by);
  return TRUE;
}

/* The selected channel joins the chosen ones, or leaves them. */
static gboolean
choose_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeDecayPlot *self = SCOPE_DECAY_PLOT (widget);
  if (self->selected != G_MAXSIZE)
    g_signal_emit (self, scope_decay_plot_signals[DECAY_PLOT_CHANNEL_PICKED], 0,
                   (guint64)self->selected, TRUE);
  return TRUE;
}

void
scope_decay_plot_input_init (ScopeDecayPlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  scope_controllers_add_motion (widget, G_CALLBACK (motion_cb), G_CALLBACK (leave_cb));
  scope_controllers_add_drag (widget, G_CALLBACK (drag_begin_cb), G_CALLBACK (drag_update_cb),
                              G_CALLBACK (drag_end_cb));
  g_signal_connect_object (self->handle, "stepped", G_CALLBACK (stepped_cb), self,
                           G_CONNECT_SWAPPED);
}

void
scope_decay_plot_input_class_init (GtkWidgetClass *widget_class)
{
  static const struct {
    guint key, keypad;
    GdkModifierType state;
    int share, sign;
  } tokens[] = {
    { GDK_KEY_Left, GDK_KEY_KP_Left, 0, 0, -1 },
    { GDK_KEY_Right, GDK_KEY_KP_Right, 0, 0, 1 },
    { GDK_KEY_Left, GDK_KEY_KP_Left, GDK_SHIFT_MASK, 2, -1 },
    { GDK_KEY_Right, GDK_KEY_KP_Right, GDK_SHIFT_MASK, 2, 1 },
    { GDK_KEY_Home, GDK_KEY_KP_Home, 0, 100, -1 },
    { GDK_KEY_End, GDK_KEY_KP_End, 0, 100, 1 },
  };
  for (guint k = 0; k < G_N_ELEMENTS (tokens); k++) {
    gtk_widget_class_add_binding (widget_class, tokens[k].key, tokens[k].state, token_cb, "(ii)",
                                  tokens[k].share, tokens[k].sign);
    gtk_widget_class_add_binding (widget_class, tokens[k].keypad, tokens[k].state, token_cb, "(ii)",
                                  tokens[k].share, tokens[k].sign);
  }
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Up, 0, channel_cb, "(i)", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_KP_Up, 0, channel_cb, "(i)", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Down, 0, channel_cb, "(i)", 1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_KP_Down, 0, channel_cb, "(i)", 1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_space, 0, choose_cb, NULL);
}
