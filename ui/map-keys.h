/* The arrow keys of everything that shows a map, with and without the keypad: alone they move the
 * crosshair by a cell, with Shift by ten, with Ctrl they pan. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* In a class's init. NUDGE gets (ii), rows and columns to move the crosshair by; PAN gets (ii), the
 * steps to the right and down that the plot area is to move over the map. */
void scope_map_keys_bind (GtkWidgetClass *widget_class, GtkShortcutFunc nudge, GtkShortcutFunc pan);

G_END_DECLS
