/* What is read from left to right in every language. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* WIDGET and what it consists of are laid out and read from left to right, whatever the desktop's
 * language: numbers with signs and units, and lists of numbers. */
void scope_widget_read_from_left (GtkWidget *widget);

G_END_DECLS
