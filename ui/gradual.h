/* What is large, shown piece by piece, so that no turn of the main loop makes, measures and paints
 * all of it. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Presents WINDOW in the next turn: making it is enough for this one. Nothing if it is destroyed
 * before. */
void scope_present_soon (GtkWindow *window);

/* Hides the children of BOX, but for those that are hidden already, and shows them one by one: one
 * in each frame that is painted, after the first. Call once, before BOX is on screen. */
void scope_show_by_frames (GtkWidget *box);
/* Whether the last of them is shown; TRUE where scope_show_by_frames() was not called. */
gboolean scope_is_whole (GtkWidget *box);

G_END_DECLS
