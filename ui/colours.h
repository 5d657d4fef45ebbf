/* The colours of style.css by name. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What NAME ("scope_global") is where WIDGET stands; WIDGET's own text colour if it is nothing. */
GdkRGBA scope_named_colour (GtkWidget *widget, const char *name);

G_END_DECLS
