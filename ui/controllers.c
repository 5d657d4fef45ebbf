#include "ui/controllers.h"

gboolean
scope_controllers_pointer_rests (GtkEventController *controller, graphene_point_t *last)
{
  GdkEvent *event = gtk_event_controller_get_current_event (controller);
  double x, y;
  if (event == NULL || !gdk_event_get_position (event, &x, &y))
    return FALSE;
  graphene_point_t here = GRAPHENE_POINT_INIT ((float)x, (float)y);
  gboolean rests = graphene_point_equal (&here, last);
  *last = here;
  return rests;
}

void
scope_controllers_add_motion (GtkWidget *widget, GCallback moved, GCallback left)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();

  g_signal_connect (motion, "enter", moved, widget);
  g_signal_connect (motion, "motion", moved, widget);
  g_signal_connect (motion, "leave", left, widget);
  gtk_widget_add_controller (widget, motion);
}

void
scope_controllers_add_scroll (GtkWidget *widget, GCallback scrolled)
{
  GtkEventController *scroll
      = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);

  g_signal_connect (scroll, "scroll", scrolled, widget);
  gtk_widget_add_controller (widget, scroll);
}

void
scope_controllers_add_drag (GtkWidget *widget, GCallback begun, GCallback updated, GCallback ended)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  g_signal_connect (drag, "drag-begin", begun, widget);
  g_signal_connect (drag, "drag-update", updated, widget);
  g_signal_connect (drag, "drag-end", ended, widget);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
}

void
scope_controllers_add_press (GtkWidget *widget, guint button, GCallback pressed)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), button);
  g_signal_connect (click, "pressed", pressed, widget);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
}

void
scope_controllers_add_keys (GtkWidget *widget, GCallback pressed, GCallback released)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  g_signal_connect (keys, "key-pressed", pressed, widget);
  g_signal_connect (keys, "key-released", released, widget);
  gtk_widget_add_controller (widget, keys);
}

void
scope_controllers_add_focus (GtkWidget *widget, GCallback entered, GCallback left)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (focus, "enter", entered, widget);
  g_signal_connect_swapped (focus, "leave", left, widget);
  gtk_widget_add_controller (widget, focus);
}
