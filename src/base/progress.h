/* ScopeProgress: how a long call reports and how it is cancelled.
 *
 * The caller owns the struct, usually on its stack, and passes it down; NULL means nobody listens.
 * The worker calls scope_progress_check() between layers, chunks and tiles, at most 50 ms apart.
 * scope_progress_cancel() may be called from any thread; everything else on the working thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ScopeProgress ScopeProgress;

/* FRACTION in [0, 1]; WHAT is a short text such as "layer 3 of 12". On the working thread. */
typedef void (*ScopeProgressFunc) (double fraction, const char *what, gpointer data);

struct _ScopeProgress {
  gint cancelled; /* atomic */
  ScopeProgressFunc report;
  gpointer data;
  ScopeProgress *parent; /* a span reports to, and is cancelled with, its parent */
  double begin, end;     /* the span of the parent's range */
  const char *note;      /* NULL, or what is added to each WHAT from here on: "layer 3 of 12 · NOTE" */
};

#define SCOPE_PROGRESS_INIT(report, data) { 0, (report), (data), NULL, 0.0, 1.0, NULL }

/* A progress for one part of a longer work: its 0..1 is BEGIN..END of PARENT's (may be NULL). */
ScopeProgress scope_progress_span (ScopeProgress *parent, double begin, double end);

/* Reports, then returns FALSE with SCOPE_ERROR_CANCELLED if cancelled. WHAT may be NULL. */
gboolean scope_progress_check (ScopeProgress *self, double fraction, const char *what,
                               GError **error);
gboolean scope_progress_is_cancelled (ScopeProgress *self);
void scope_progress_cancel (ScopeProgress *self);

G_END_DECLS
