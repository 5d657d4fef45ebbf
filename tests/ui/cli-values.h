/* Numbers from mambascope-cli ($SCOPE_TEST_CLI), for views to be held against; and a window with a
 * sample in it. Main thread. */
#pragma once

#include "ui/window.h"

G_BEGIN_DECLS

/* "COMMAND model text ARGUMENTS", which writes OUT below a folder of its own; the float32 values of
 * FILE there, and how many of them. Caller frees. */
float *cli_values (const char *command, ScopeSession *session, const char *arguments,
                   const char *out, const char *file, gsize *count);

void view_test_init (int *argc, char ***argv);
ScopeWindow *view_test_window (const char *model, const char *text, const char *view);
void view_test_settle (ScopeWindow *window);
void view_test_run_for (guint milliseconds);
GtkWidget *view_test_find (GtkWidget *widget, GType type);
/* The text of the first label shown below WIDGET that begins with PREFIX; NULL: none. */
const char *view_test_label (GtkWidget *widget, const char *prefix);
/* Destroys it; nothing may hold on to it or its session. */
void view_test_close (ScopeWindow *window);

G_END_DECLS
