/* Taking a widget apart, with a template or without. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For dispose(), both. Takes all children out. */
void scope_widget_dispose_children (GtkWidget *widget);
/* GTK 4.8 frees the bound children of TYPE's template only; the others are taken out
 * as above. */
void scope_widget_dispose_template (GtkWidget *widget, GType type);

G_END_DECLS
