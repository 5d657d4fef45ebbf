/* Names for widgets that GTK makes itself: the button inside a drop-down takes the keyboard's
 * focus, and would be called "GtkToggleButton". It is called what the drop-down is called. Main
 * thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* From now on, in WINDOW. */
void scope_spoken_follow (GtkWindow *window);

G_END_DECLS
