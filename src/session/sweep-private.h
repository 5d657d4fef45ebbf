/* The inside of ScopeSweep: sweep.c is the object and its settings; its windows, which there are,
 * which are done, and what they gave, are the other files'. Main thread, but for the work. */
#pragma once

#include "session/stage.h"
#include "session/sweep.h"

G_BEGIN_DECLS

/* --- sweep-keep.c: the file in which a sweep outlives the program. Any thread -------------------
 */

typedef struct _ScopeSweepKeep ScopeSweepKeep;
ScopeSweepKeep *scope_sweep_keep_ref (ScopeSweepKeep *self);
void scope_sweep_keep_unref (ScopeSweepKeep *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeSweepKeep, scope_sweep_keep_unref)
/* As scope_sweep_state_get() and _put(). */
const double *scope_sweep_keep_get (ScopeSweepKeep *self, gsize job, gsize filter, gboolean *acted);
gboolean scope_sweep_keep_put (ScopeSweepKeep *self, gsize job, gsize filter, const double *nll,
                               gboolean acted, GError **error);

typedef struct {
  gsize job, filter;
  double *nll; /* (scored) */
  gboolean acted;
} ScopeSweepResult;
void scope_sweep_result_clear (gpointer result);

/* What looks for the file of a sweep. */
typedef struct {
  ScopeStage *stage;
  ScopeWindows *windows;
  char *folder;
  GArray *known; /* ScopeSweepResult: to be kept, too; NULL: the file is only looked at */
} ScopeSweepSearch;
void scope_sweep_search_free (ScopeSweepSearch *self);

typedef struct {
  ScopeSweepKeep *keep; /* NULL where the file is only looked at, or cannot be written */
  gsize found;          /* results that it held */
} ScopeSweepFind;
void scope_sweep_find_free (ScopeSweepFind *self);
/* On the engine's thread. A folder that cannot be written is no error: nothing is kept then. */
gpointer scope_sweep_search_work (gpointer search, ScopeProgress *progress, GError **error);

/* --- sweep-run.c --------------------------------------------------------------------------------
 */

typedef struct {
  ScopeStage *stage;
  ScopeWindows *windows;
  double **nll;         /* (jobs, filters): (scored), NULL until it is done */
  gboolean *acted;      /* (jobs, filters) */
  gsize most;           /* windows of a length */
  gsize next;           /* all cells before it, in the order of work, are done */
  ScopeSweepKeep *keep; /* NULL: nothing is kept, */
  gboolean searched;    /* or nobody has looked for it yet */
  ScopeSweepTable table;
} ScopeSweepRun;

/* One window's work. UNFILTERED may be NULL. */
typedef struct {
  ScopeStage *stage;
  ScopeWindows *windows;
  ScopeSweepKeep *keep; /* may be NULL */
  gsize job, filter;
  double *unfiltered; /* (scored) */
  char *what;         /* "length 512, window 2 of 8, longmamba" */
} ScopeSweepTask;

typedef struct {
  double *nll; /* (scored) */
  gboolean acted;
} ScopeSweepWindow;

/* What the texts of the settings say; LENGTHS and FILTERS are the caller's. */
GPtrArray *scope_sweep_parse_filters (const char *specs, GError **error);
gsize *scope_sweep_parse_lengths (const char *text, gsize tokens, gsize *count, GError **error);

/* Takes a reference to STAGE and to WINDOWS, which are of its text. */
ScopeSweepRun *scope_sweep_run_new (ScopeStage *stage, ScopeWindows *windows);
/* All but the stage, which is given back to its thread: returned. */
ScopeStage *scope_sweep_run_free (ScopeSweepRun *self);
/* What OLD, of the same stage, has done already. */
void scope_sweep_run_adopt (ScopeSweepRun *self, const ScopeSweepRun *old);
/* What KEEP has; it is kept in there from now on. Takes a reference. */
void scope_sweep_run_take (ScopeSweepRun *self, ScopeSweepKeep *keep);
/* All that is done. (element-type ScopeSweepResult) */
GArray *scope_sweep_run_known (const ScopeSweepRun *self);
/* The next window; NULL: all are done. *CELL names it to put(). */
ScopeSweepTask *scope_sweep_run_next (ScopeSweepRun *self, gsize *cell);
void scope_sweep_run_put (ScopeSweepRun *self, gsize cell, ScopeSweepWindow *window);

void scope_sweep_task_free (ScopeSweepTask *self);
void scope_sweep_window_free (ScopeSweepWindow *self);
gpointer scope_sweep_work (gpointer task, ScopeProgress *progress, GError **error);

/* --- sweep-advance.c ----------------------------------------------------------------------------
 */

struct _ScopeSweep {
  GObject parent_instance;
  ScopeSession *session;
  char *filters, *lengths;
  guint score, windows;
  ScopeProtocol protocol;
  char *folder;       /* NULL: nothing is kept */
  double kept;        /* share of the next start's windows that it has */
  gsize looked_for;   /* windows, each under one filter, when the folder was looked into */
  ScopeSweepRun *run; /* NULL: none yet */
  gboolean running;
  gsize cell; /* of the run that is with the engine */
  ScopeSweepDone export_done;
  gpointer export_data;
};

void scope_sweep_drop_run (ScopeSweep *self);
void scope_sweep_set_kept (ScopeSweep *self, double kept); /* share; notifies "kept" */
/* The run has ended or was stopped: what is kept of it shows. */
void scope_sweep_note_end (ScopeSweep *self);

/* --- sweep-export.c -----------------------------------------------------------------------------
 */

/* Everything that a file says; shares nothing with a run. */
typedef struct {
  ScopeStage *stage;
  char **filters;
  gsize n_filters, n_lengths, score, asked_windows, train_length;
  gsize *windows; /* (n_lengths) */
  ScopeProtocol protocol;
  ScopePerplexityRow *rows;
  char *path;
} ScopeSweepExport;
ScopeSweepExport *scope_sweep_export_new (const ScopeSweepRun *run, const char *path);
void scope_sweep_export_free (ScopeSweepExport *self);
gpointer scope_sweep_export_work (gpointer input, ScopeProgress *progress, GError **error);
char *scope_sweep_run_csv (const ScopeSweepRun *run) G_GNUC_WARN_UNUSED_RESULT;
char *scope_sweep_run_command (const ScopeSweepRun *run) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
