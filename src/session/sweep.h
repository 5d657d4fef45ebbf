/* ScopeSweep: perplexity against length under several filters, window by window.
 *
 * Each window is one request of the engine's, the last in its order of priority: whatever somebody
 * is busy with comes first, and a sweep that is stopped keeps the windows that are done. The first
 * window of every length and filter comes before the second of any, so that the whole curve is
 * there early and its intervals shrink. What is done is used again by a later sweep of the same
 * text that asks for the same windows.
 *
 * The numbers are those of scope_perplexity() for the same lengths, filters, score, windows and
 * protocol. Main thread only. The settings are those of the next start; another text or model ends
 * the sweep and forgets it.
 *
 * With a folder (scope_sweep_keep_in()), windows that are done outlive the program: a file there
 * (analysis/sweep-state.h) holds those of each sweep, so that one that was stopped, or closed with
 * its window, goes on where it was if model, text, filters and settings are the same.
 *
 * Properties (all notify; the first five writable): "filters" (string: specs, one a line),
 * "lengths" (string: "256, 512", "": scope_sweep_default_lengths()), "score", "windows" (uint),
 * "protocol" (string: a name of analysis/windows.h), "running" (boolean), "table" (pointer: there
 * are new numbers), "kept" (double: what share of the windows of the next start the folder has).
 */
#pragma once

#include "analysis/perplexity.h"
#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_SWEEP (scope_sweep_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSweep, scope_sweep, SCOPE, SWEEP, GObject)

ScopeSweep *scope_sweep_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;

const char *scope_sweep_get_filters (ScopeSweep *self);
void scope_sweep_set_filters (ScopeSweep *self, const char *specs);
/* Adds SPEC to the filters, or takes it away. FALSE if it is no filter. */
gboolean scope_sweep_set_filter (ScopeSweep *self, const char *spec, gboolean on, GError **error);
gboolean scope_sweep_has_filter (ScopeSweep *self, const char *spec);
const char *scope_sweep_get_lengths (ScopeSweep *self);
void scope_sweep_set_lengths (ScopeSweep *self, const char *lengths);
/* "256, 512, 1024": the training length, doubled up to the text's; half of it first if the text is
 * no longer. "" before a text is open. Caller frees. */
char *scope_sweep_default_lengths (ScopeSweep *self) G_GNUC_WARN_UNUSED_RESULT;

/* NULL: nothing is kept. The folder is made when it is needed. */
void scope_sweep_keep_in (ScopeSweep *self, const char *folder);
/* Looks, behind everything else, whether the folder has windows of a sweep with the present
 * settings; "kept" says it. Nothing while a sweep runs. */
void scope_sweep_look (ScopeSweep *self);
double scope_sweep_get_kept (ScopeSweep *self);

/* Starts over with the present settings. FALSE if they cannot be: the message says which and why.
 */
gboolean scope_sweep_start (ScopeSweep *self, GError **error);
void scope_sweep_stop (ScopeSweep *self);   /* at once; what is done stays */
void scope_sweep_resume (ScopeSweep *self); /* with what was stopped */
gboolean scope_sweep_is_running (ScopeSweep *self);

/* What there is until now. */
typedef struct {
  char **filters; /* (n_filters) specs, NULL at the end */
  gsize n_filters;
  gsize n_lengths;
  gsize *windows;           /* (n_lengths) that each row will have */
  ScopeProtocol protocol;
  gsize kept; /* windows, each under one filter, that an earlier run left in the folder */
  ScopePerplexityRow *rows; /* (filters, lengths), ascending; of the windows that are done */
  double done;              /* share of the tokens to be run */
  gsize train_length;
} ScopeSweepTable;
const ScopeSweepTable *scope_sweep_get_table (ScopeSweep *self); /* NULL before the first start */
/* For the screen; NULL while there is no row. Caller unrefs. */
ScopeResult *scope_sweep_make_result (ScopeSweep *self) G_GNUC_WARN_UNUSED_RESULT;
/* As `mambascope-cli perplexity --out` writes it, of the rows that are complete. Caller frees. */
char *scope_sweep_make_csv (ScopeSweep *self) G_GNUC_WARN_UNUSED_RESULT;
/* The `mambascope-cli` line that gives these numbers. Caller frees. */
char *scope_sweep_command_line (ScopeSweep *self) G_GNUC_WARN_UNUSED_RESULT;

/* Writes the figure (.png, .pdf, .svg) or the numbers (.csv) by PATH's ending; DONE once, on the
 * main thread, with SCOPE_ERROR_CANCELLED if a newer export or a cancellation came first; not
 * called once SELF is gone. */
typedef void (*ScopeSweepDone) (ScopeSweep *self, const GError *error, gpointer data);
void scope_sweep_export (ScopeSweep *self, const char *path, ScopeSweepDone done, gpointer data);

G_END_DECLS
