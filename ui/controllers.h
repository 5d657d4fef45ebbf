/* How a widget that paints itself hears of the pointer, of keys and of the focus: GTK's controllers
 * of the usual kinds, each made, connected and given to WIDGET in one call. Callbacks are those of
 * GTK's signals, with WIDGET as their data; WIDGET owns the controllers. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Whether the pointer is still at *LAST, a place on its surface, where the event of CONTROLLER, a
 * motion or a crossing, has it; *LAST becomes that. GTK repeats the pointer's place after every new
 * layout, and when a popover is gone: what a key has moved since is not called back by a pointer
 * that rests, even if the widget has moved beneath it. */
gboolean scope_controllers_pointer_rests (GtkEventController *controller, graphene_point_t *last);
/* MOVED also where the pointer comes in. */
void scope_controllers_add_motion (GtkWidget *widget, GCallback moved, GCallback left);
void scope_controllers_add_scroll (GtkWidget *widget, GCallback scrolled); /* both axes */
void scope_controllers_add_drag (GtkWidget *widget, GCallback begun, GCallback updated,
                                 GCallback ended); /* the primary button's */
void scope_controllers_add_press (GtkWidget *widget, guint button, GCallback pressed);
void scope_controllers_add_keys (GtkWidget *widget, GCallback pressed, GCallback released);
/* Callbacks have WIDGET as their first argument: gtk_widget_queue_draw() is one. */
void scope_controllers_add_focus (GtkWidget *widget, GCallback entered, GCallback left);

G_END_DECLS
