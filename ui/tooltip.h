/* Tooltips and words of widgets that change while the program is used. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* gtk_widget_set_tooltip_text(), which asks the X server for the pointer, and waits for it, even
 * where nothing is new: this does so only for other words. TEXT may be NULL. */
void scope_set_tooltip (GtkWidget *widget, const char *text);

/* TEXT where LABEL's facts will be: a HINT how to get at them, which is quieter, or the facts. */
void scope_set_fact (GtkLabel *label, const char *text, gboolean hint);

G_END_DECLS
