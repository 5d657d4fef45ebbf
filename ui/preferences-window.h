/* The preferences' window: what it shows is set at once. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* PARENT is a ScopeWindow. */
void scope_preferences_window_show (GtkWindow *parent);

G_END_DECLS
