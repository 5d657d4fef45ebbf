/* Scrolling that goes on by itself. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Ends it, up and down, where SCROLLER is now. Before the rows of a list are replaced or go: new
 * ones have no height until they are placed, and GTK 4.8 warns of a place that no row has. */
void scope_scrolling_end (GtkScrolledWindow *scroller);

G_END_DECLS
