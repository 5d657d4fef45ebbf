/* The window's size and its sides from one start to the next, in a small key file of the user's
 * configuration folder. Main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  int width, height;
  gboolean maximised, sidebar, inspector;
} ScopeWindowState;

/* Defaults where there is no file or it holds nonsense. */
ScopeWindowState scope_window_state_load (void);
/* Failing to remember is not worth a message. */
void scope_window_state_save (const ScopeWindowState *state);

G_END_DECLS
