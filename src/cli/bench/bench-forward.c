/* The whole network: ids to the logits of every token, which stay in the backend's memory. */
#include "cli/bench/bench.h"

typedef struct {
  Bench *bench;
  const gint32 *ids;
  gsize count;
  gboolean logits;
} Forward;

static gboolean
run_forward (gpointer data, GError **error)
{
  const Forward *self = data;
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (self->bench->cli->schedule, self->ids, self->count, NULL,
                            SCOPE_RUN_LOGITS_ONLY, cli_progress (), error);
  return trace != NULL && (!self->logits || scope_trace_run_logits (trace, cli_progress (), error));
}

gboolean
bench_forward (Bench *self, const gint32 *ids, gsize count, GError **error)
{
  Forward forward = { self, ids, count, TRUE };
  if (!bench_row (self, "forward", "with logits", count, bench_forward_work (self, count, TRUE),
                  run_forward, &forward, error))
    return FALSE;
  forward.logits = FALSE;
  return bench_row (self, "forward", "without logits", count,
                    bench_forward_work (self, count, FALSE), run_forward, &forward, error);
}
