#include "ui/tooltip.h"

void
scope_set_tooltip (GtkWidget *widget, const char *text)
{
  if (g_strcmp0 (gtk_widget_get_tooltip_text (widget), text) != 0)
    gtk_widget_set_tooltip_text (widget, text);
}

void
scope_set_fact (GtkLabel *label, const char *text, gboolean hint)
{
  gtk_label_set_text (label, text);
  if (hint)
    gtk_widget_add_css_class (GTK_WIDGET (label), "dim-label");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (label), "dim-label");
}
