/* What programs that drive a real window share: waiting, finding widgets, the window itself. Main
 * thread. */
#pragma once

#include "ui/window.h"

G_BEGIN_DECLS

/* Call first: the user's own files are left alone, resources and styles are there. */
void harness_init (int *argc, char ***argv);
/* Presented, 1280 x 860, with nothing open. */
ScopeWindow *harness_window (void);
/* The same as a window of the application, which gives it its keys. */
ScopeWindow *harness_window_with_keys (void);
/* The same, but in its own size: one that is kept for the next start. */
ScopeWindow *harness_window_kept (void);
/* The first one, with a sample open in the view of that name, and at rest. */
ScopeWindow *harness_sample (const char *model, const char *text, const char *view);
void harness_run_for (guint milliseconds);
/* Runs the main loop until all that was asked for is there; FALSE after SECONDS. */
gboolean harness_settle (ScopeWindow *window, guint seconds);
/* Opens a model and a text of the samples. */
void harness_open_sample (ScopeWindow *window, const char *model, const char *text);
/* The first widget of TYPE below WIDGET, itself included; or NULL. */
GtkWidget *harness_find (GtkWidget *widget, GType type);
/* The text of the first label below WIDGET that is not hidden and begins with WORDS; or NULL. */
const char *harness_shown (GtkWidget *widget, const char *words);
/* Adds every widget of TYPE below WIDGET that is on screen to OUT. */
void harness_collect (GtkWidget *widget, GType type, GPtrArray *out);
/* Some label below WIDGET that is on screen says WORDS. */
gboolean harness_says (GtkWidget *widget, const char *words);
/* Runs the main loop until CONDITION holds; fails if it does not within two minutes. */
#define HARNESS_AWAIT(condition)                                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint alarm_source = harness_alarm (G_STRLOC ": " #condition);                                 \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (alarm_source);                                                                \
  }                                                                                                \
  G_STMT_END
guint harness_alarm (const char *what);
/* Settled, and what is asked for a moment later is there too. */
void harness_rest (ScopeWindow *window);
/* What a screen reader hears: a property that is a string. Caller frees. */
char *harness_spoken (GtkWidget *widget, GtkAccessibleProperty property) G_GNUC_WARN_UNUSED_RESULT;
/* "−1.256×10⁻⁵", as the window writes a number; what follows it is left alone. */
double harness_number (const char *shown);
/* The names of the window's views, NULL at the end. Caller frees the array. */
char **harness_views (ScopeWindow *window);
/* What "CLI COMMAND model text ARGUMENTS" (NULL at the end) writes to FOLDER/NAME for what SESSION
 * has open. Fails where it does. Caller frees. */
char *harness_cli (const char *cli, const char *command, ScopeSession *session, const char *name,
                   const char *const *arguments, gsize *length) G_GNUC_WARN_UNUSED_RESULT;
/* Row ROW of the selected map, without a filter, from there (float32). Caller frees. */
float *harness_cli_row (const char *cli, ScopeSession *session,
                        gsize row) G_GNUC_WARN_UNUSED_RESULT;
/* WIDGET and all that is in it now, to be asked for later: the caller's, with g_ptr_array_unref().
 */
GPtrArray *harness_watch (GtkWidget *widget) G_GNUC_WARN_UNUSED_RESULT;
/* How many of WATCHED are there still whose type's name begins with PREFIX; TELL: each is told. */
guint harness_count_left (GPtrArray *watched, const char *prefix, gboolean tell);
/* Destroys it; fails if anything holds on to it or to its session, or to a widget of ours in it. */
void harness_assert_gone (ScopeWindow *window);
/* The same, but widgets that are held are told and counted. */
guint harness_count_held (ScopeWindow *window);

G_END_DECLS
