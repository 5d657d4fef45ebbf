/* The small models of the sessions' tests, and what they are held against: the same network run
 * without a session, on a backend of its own. */
#pragma once

#include "session/host.h"
#include "test-support.h"

#define VOCAB 53

/* Three layers, trained on 40 tokens. Caller frees the name of its folder. */
static inline char *
own_model (ScopeFamily family, guint32 seed)
{
  const ScopeRandomModel shape
      = { .family = family, .vocab_size = VOCAB, .n_layer = 3, .train_length = 40, .seed = seed };

  return scope_test_random_model (&shape);
}

typedef struct {
  ScopeHost *host;
  ScopeTokens *tokens;
  ScopeTrace *trace;
} OwnRun;

/* The model in FOLDER reads TEXT ("@ids.json") under the filter SPEC. */
static inline OwnRun
own_run (const char *folder, const char *text, const char *spec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, &error);
  g_autoptr (ScopePlan) plan = NULL;
  OwnRun run = { .host = scope_host_open (folder, "cpu", NULL, &error) };

  g_assert_no_error (error);
  run.tokens = scope_model_read_text (run.host->model, text, &error);
  g_assert_no_error (error);
  const gint32 *ids = scope_tokens_ids (run.tokens);
  gsize count = scope_tokens_count (run.tokens);
  scope_filter_plan (filter, run.host->context, ids, count, &plan, NULL, &error);
  g_assert_no_error (error);
  run.trace = scope_schedule_run (run.host->schedule, ids, count, plan, SCOPE_RUN_KEEP_RESIDUAL,
                                  NULL, &error);
  g_assert_no_error (error);
  return run;
}

static inline void
own_run_clear (OwnRun *self)
{
  scope_trace_unref (self->trace);
  scope_tokens_unref (self->tokens);
  scope_host_unref (self->host);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OwnRun, own_run_clear)
