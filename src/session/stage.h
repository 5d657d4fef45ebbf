/* ScopeStage: a text on a host, and the network runs made of it: at most one unfiltered and one
 * filtered, so that flipping the switch back and forth costs nothing once both were made.
 *
 * Engine's thread, but for references and the plain facts (host, tokens, path), which never change.
 */
#pragma once

#include "session/host.h"
#include "session/session.h"

G_BEGIN_DECLS

/* How the filter stands: SPEC as --filter says it, and θ for the classes (NAN: the default). */
typedef struct {
  char *spec;
  double theta;
} ScopeSetting;

void scope_setting_clear (ScopeSetting *self);

/* One forward pass. */
typedef struct {
  gatomicrefcount refs;
  guint id;  /* no two runs share one */
  char *key; /* the filter's spec, or "off" where it does not act on this length */
  ScopeTrace *trace;
  double seconds;
  ScopeAnswerView *answer; /* once it was asked for */
} ScopeRun;

ScopeRun *scope_run_ref (ScopeRun *self);
void scope_run_unref (ScopeRun *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeRun, scope_run_unref)
gboolean scope_run_is_filtered (const ScopeRun *self);

typedef struct {
  gatomicrefcount refs;
  ScopeHost *host;
  ScopeTokens *tokens;
  char *path;
  GPtrArray *runs; /* ScopeRun, newest last */
} ScopeStage;

/* Reads and tokenises the text at PATH (as scope_model_read_text). Takes a reference to HOST. */
ScopeStage *scope_stage_new (ScopeHost *host, const char *path,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeStage *scope_stage_ref (ScopeStage *self);
void scope_stage_unref (ScopeStage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeStage, scope_stage_unref)

/* A setting as this stage needs it. */
typedef struct {
  ScopeFilter *filter;
  ScopePlan *plan; /* NULL: the filter does not act */
  double ln_theta;
} ScopeStageFilter;

gboolean scope_stage_filter (ScopeStage *self, const ScopeSetting *setting, ScopeStageFilter *out,
                             ScopeProgress *progress, GError **error);
void scope_stage_filter_clear (ScopeStageFilter *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeStageFilter, scope_stage_filter_clear)

/* Traces beyond this many bytes are not kept side by side; and, of each, the layers recomputed from
 * it that are kept may take an eighth of it. Of the whole process; any thread. */
#define SCOPE_STAGE_DEFAULT_BUDGET G_GUINT64_CONSTANT (2000000000)
guint64 scope_stage_budget (void);
void scope_stage_set_budget (guint64 bytes); /* for runs made from now on */

/* The run under that filter, or NULL. Borrowed. */
ScopeRun *scope_stage_find (ScopeStage *self, const ScopeStageFilter *filter);
/* There is such a run, or one can be made without putting another out. */
gboolean scope_stage_has_room (ScopeStage *self, const ScopeStageFilter *filter);
/* The same, made if there is none. Borrowed. */
ScopeRun *scope_stage_run (ScopeStage *self, const ScopeStageFilter *filter,
                           ScopeProgress *progress, GError **error);

G_END_DECLS
