/* Taking a templated widget apart. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For dispose(): GTK 4.8 frees the bound children of TYPE's template only; the others are taken out
 * here. */
void scope_widget_dispose_template (GtkWidget *widget, GType type);

G_END_DECLS
