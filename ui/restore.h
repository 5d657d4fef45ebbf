/* A figure of ours dropped on a window brings back what it shows: its model and text are opened, then
 * the layer, the channel, the matrix and the filter of its first panel are selected. */
#pragma once

#include "ui/window.h"

G_BEGIN_DECLS

/* FALSE with the reason if PATH is no figure of ours, or names no model and text. What opening itself
 * may complain about is said by the session. */
gboolean scope_window_restore (ScopeWindow *self, const char *path, GError **error);

G_END_DECLS
