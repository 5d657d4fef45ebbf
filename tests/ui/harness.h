/* What programs that drive a real window share: waiting, finding widgets, the window itself. Main
 * thread. */
#pragma once

#include "ui/window.h"

G_BEGIN_DECLS

/* Call first: the user's own files are left alone, resources and styles are there. */
void harness_init (int *argc, char ***argv);
/* Presented, 1280 x 860, with nothing open. */
ScopeWindow *harness_window (void);
void harness_run_for (guint milliseconds);
/* Runs the main loop until all that was asked for is there; FALSE after SECONDS. */
gboolean harness_settle (ScopeWindow *window, guint seconds);
/* A model and a text of the samples. */
void harness_open_sample (ScopeWindow *window, const char *model, const char *text);
/* The first widget of TYPE below WIDGET, itself included; or NULL. */
GtkWidget *harness_find (GtkWidget *widget, GType type);
/* The names of the window's views, NULL at the end. Caller frees the array. */
char **harness_views (ScopeWindow *window);
/* Destroys it; fails if anything holds on to it or to its session. */
void harness_assert_gone (ScopeWindow *window);

G_END_DECLS
