#include "session/answer.h"

#include <math.h>

#include "analysis/perplexity.h"

#define ANSWER_STEPS  12
#define ANSWER_SCORED 100

static void
answer_clear (gpointer data)
{
  ScopeAnswerView *self = data;

  for (gsize i = 0; self->pieces != NULL && i < self->count; i++)
    g_free (self->pieces[i]);
  g_free (self->pieces);
  g_free (self->steps);
  g_free (self->text);
}

void
scope_answer_unref (ScopeAnswerView *self)
{
  g_atomic_rc_box_release_full (self, answer_clear);
}

/* Without a tokenizer the ids are all there is to show. */
static char *
answer_spell (const ScopeTokenizer *tokenizer, const gint32 *ids, gsize count)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (tokenizer != NULL) {
    gsize length;
    g_autofree char *bytes = scope_tokenizer_decode (tokenizer, ids, count, &length);
    return g_utf8_make_valid (bytes, length);
  }
  for (gsize i = 0; i < count; i++)
    g_string_append_printf (text, "%s#%d", i > 0 ? " " : "", ids[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
answer_fill_text (ScopeAnswerView *self, const ScopeTokenizer *tokenizer)
{
  g_autofree gint32 *ids = g_new (gint32, self->count + 1);
  g_autoptr (ScopeTokens) tokens = NULL;

  for (gsize i = 0; i < self->count; i++)
    ids[i] = self->steps[i].id;
  if (tokenizer != NULL)
    tokens = scope_tokenizer_tokens (tokenizer, ids, self->count);
  self->pieces = g_new0 (char *, self->count + 1);
  for (gsize i = 0; i < self->count; i++)
    self->pieces[i]
        = tokens != NULL ? scope_tokens_display (tokens, i) : answer_spell (NULL, &ids[i], 1);
  self->text = answer_spell (tokenizer, ids, self->count);
}

/* Over the last ANSWER_SCORED tokens that have a token before them. */
static gboolean
answer_score (ScopeAnswerView *self, ScopeTokens *tokens, ScopeTrace *trace,
              ScopeProgress *progress, GError **error)
{
  gsize last = scope_tokens_count (tokens) - 1;
  gsize scored = MIN (ANSWER_SCORED, last);
  g_autofree double *nll = g_new (double, scored + 1);
  double sum = 0.0;

  self->perplexity = NAN;
  if (scored == 0 || scope_plan_drops_tokens (scope_trace_plan (trace)))
    return TRUE; /* tokens that end on the way say nothing of the next */
  self->scored = scored;
  if (!scope_nll (trace, scope_tokens_ids (tokens), last - scored, last, nll, progress, error))
    return FALSE;
  for (gsize i = 0; i < scored; i++)
    sum += nll[i];
  self->perplexity = exp (sum / (double)scored);
  return TRUE;
}

ScopeAnswerView *
scope_answer_new (ScopeStage *stage, ScopeRun *run, ScopeProgress *progress, GError **error)
{
  if (run->answer != NULL)
    return g_atomic_rc_box_acquire (run->answer);

  ScopeAnswerView *self = g_atomic_rc_box_new0 (ScopeAnswerView);
  g_autoptr (ScopeAnswerView) made = self;
  ScopeProgress steps = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress score = scope_progress_span (progress, 0.5, 1.0);
  g_autoptr (GArray) found = scope_generate (run->trace, ANSWER_STEPS, TRUE, &steps, error);

  if (found == NULL)
    return NULL;
  self->filtered = scope_run_is_filtered (run);
  self->count = found->len;
  self->steps = g_memdup2 (found->data, found->len * sizeof (ScopeStep));
  answer_fill_text (self, scope_model_tokenizer (stage->host->model));
  if (!answer_score (self, stage->tokens, run->trace, &score, error))
    return NULL;
  run->answer = g_atomic_rc_box_acquire (self);
  return g_steal_pointer (&made);
}
