/* What else there is to picture: the windows that the main one opens, and its less happy states.
 * Main thread. */
#pragma once

#include "ui/window.h"

G_BEGIN_DECLS

typedef enum {
  SCOPE_SCENE_VIEW, /* the window at rest */
  SCOPE_SCENE_ABOUT,
  SCOPE_SCENE_BUSY, /* while the text is being read */
  SCOPE_SCENE_COMPOSER,
  SCOPE_SCENE_ERROR,
  SCOPE_SCENE_EXPORT,
  SCOPE_SCENE_PREFERENCES,
  SCOPE_SCENE_SHORTCUTS,
  SCOPE_SCENE_SURVEY,
  SCOPE_SCENE_SWEEP /* of the view on screen, once it is measured */
} ScopeScene;

gboolean scope_scene_parse (const char *name, ScopeScene *out);
char *scope_scene_names (void) G_GNUC_WARN_UNUSED_RESULT; /* "about, busy, …" */

/* Once WINDOW is at rest: does what the scene needs; FALSE: nothing. */
gboolean scope_scene_open (ScopeScene scene, ScopeWindow *window);
/* The window to be pictured; NULL: it is not there yet. */
GtkWidget *scope_scene_window (ScopeScene scene, ScopeWindow *window);
/* Nothing moves in WINDOW: no spinner turns, no bar grows. */
gboolean scope_scene_is_still (GtkWidget *window);
/* How far the first bar on screen in WINDOW has grown; 0: there is none. */
double scope_scene_progress (GtkWidget *window);

G_END_DECLS
