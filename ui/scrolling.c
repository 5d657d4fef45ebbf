#include "ui/scrolling.h"

void
scope_scrolling_end (GtkScrolledWindow *scroller)
{
  GtkAdjustment *at = gtk_scrolled_window_get_vadjustment (scroller);
  gtk_adjustment_set_value (at, gtk_adjustment_get_value (at));
}
