/* A sweep's windows: which there are, which are done, and what they gave. Main thread, but for the
 * work. */
#pragma once

#include "session/stage.h"
#include "session/sweep.h"

G_BEGIN_DECLS

typedef struct {
  ScopeStage *stage;
  GPtrArray *filters; /* ScopeFilter */
  gsize *lengths;     /* (n_lengths) ascending */
  gsize n_lengths, score;
  gsize asked_windows;
  gsize *ends;     /* (table.windows) */
  double **nll;    /* (filters, lengths, windows): (scored), NULL until it is done */
  gboolean *acted; /* (filters, lengths, windows) */
  gsize next;      /* all cells before it, in the order of work, are done */
  ScopeSweepTable table;
} ScopeSweepRun;

/* One window's work. UNFILTERED may be NULL. */
typedef struct {
  ScopeStage *stage;
  ScopeFilter *filter;
  gsize end, length, scored;
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

/* Takes STAGE (a reference), FILTERS and LENGTHS over. */
ScopeSweepRun *scope_sweep_run_new (ScopeStage *stage, GPtrArray *filters, gsize *lengths,
                                    gsize n_lengths, gsize score, gsize windows);
/* All but the stage, which is given back to its thread: returned. */
ScopeStage *scope_sweep_run_free (ScopeSweepRun *self);
/* What OLD, of the same stage, has done already. */
void scope_sweep_run_adopt (ScopeSweepRun *self, const ScopeSweepRun *old);
/* The next window; NULL: all are done. *CELL names it to put(). */
ScopeSweepTask *scope_sweep_run_next (ScopeSweepRun *self, gsize *cell);
void scope_sweep_run_put (ScopeSweepRun *self, gsize cell, ScopeSweepWindow *window);

void scope_sweep_task_free (ScopeSweepTask *self);
void scope_sweep_window_free (ScopeSweepWindow *self);
gpointer scope_sweep_work (gpointer task, ScopeProgress *progress, GError **error);

/* --- sweep-export.c --- */
/* Everything that a file says; shares nothing with a run. */
typedef struct {
  ScopeStage *stage;
  char **filters;
  gsize n_filters, n_lengths, score, windows, train_length;
  ScopePerplexityRow *rows;
  char *path;
} ScopeSweepExport;
ScopeSweepExport *scope_sweep_export_new (const ScopeSweepRun *run, const char *path);
void scope_sweep_export_free (ScopeSweepExport *self);
gpointer scope_sweep_export_work (gpointer input, ScopeProgress *progress, GError **error);
char *scope_sweep_run_csv (const ScopeSweepRun *run) G_GNUC_WARN_UNUSED_RESULT;
char *scope_sweep_run_command (const ScopeSweepRun *run) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
