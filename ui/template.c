#include "ui/template.h"

void
scope_widget_dispose_template (GtkWidget *widget, GType type)
{
  GtkWidget *child;
  gtk_widget_dispose_template (widget, type);
  while ((child = gtk_widget_get_first_child (widget)) != NULL)
    gtk_widget_unparent (child);
}
