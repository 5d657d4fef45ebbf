/* Tooltips of widgets whose words change while the program is used. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* gtk_widget_set_tooltip_text(), which asks the X server for the pointer, and waits for it, even
 * where nothing is new: this does so only for other words. TEXT may be NULL. */
void scope_set_tooltip (GtkWidget *widget, const char *text);

G_END_DECLS
