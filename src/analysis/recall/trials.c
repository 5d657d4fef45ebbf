/* Drafts laid out in tokens. */
#include <stdlib.h>
#include <string.h>

#include "analysis/recall/recall-private.h"
#include "analysis/score.h"
#include "base/error.h"

struct _ScopeTrials {
  ScopeTrialSource source;
  ScopeQuestions *built_in; /* NULL if the source has questions */
  char **folded;            /* (n_texts) small letters */
  gsize *text_bytes;        /* (n_texts) */
  gint32 *before, *after;   /* what the tokenizer puts around a text */
  gsize n_before, n_after;
  gboolean puts_blank; /* and before each part */
};

/* -- Texts and tokens -- */

static gboolean
same (const gint32 *a, const gint32 *b, gsize n)
{
  return n == 0 || memcmp (a, b, n * sizeof *a) == 0;
}

/* "a" as a part tells what else is in "a" as a text. */
static gboolean
find_surroundings (ScopeTrials *self, GError **error)
{
  g_autoptr (ScopeTokens) whole = scope_tokenizer_encode (self->source.tokenizer, "a", 1, error);
  if (whole == NULL)
    return FALSE;
  g_autoptr (ScopeTokens) part
      = scope_tokenizer_encode_part (self->source.tokenizer, "a", 1, error);
  if (part == NULL)
    return FALSE;
  const gint32 *ids = scope_tokens_ids (whole), *inner = scope_tokens_ids (part);
  gsize n = scope_tokens_count (whole), m = scope_tokens_count (part), at = 0;
  while (at + m < n && !same (ids + at, inner, m))
    at++;
  m = MIN (m, n - at);
  self->n_before = at;
  self->before = g_memdup2 (ids, at * sizeof *ids);
  self->n_after = n - at - m;
  self->after = g_memdup2 (ids + at + m, self->n_after * sizeof *ids);
  g_autofree char *back = scope_tokenizer_decode (self->source.tokenizer, inner, m, NULL);
  self->puts_blank = *back == ' ';
  return TRUE;
}

ScopeTrials *
scope_trials_new (const ScopeTrialSource *source, GError **error)
{
  g_autoptr (ScopeTrials) self = g_new0 (ScopeTrials, 1);
  self->source = *source;
  if (source->questions == NULL)
    self->built_in = scope_questions_built_in ();
  self->folded = g_new0 (char *, source->n_texts + 1);
  self->text_bytes = g_new0 (gsize, source->n_texts + 1);
  for (gsize t = 0; t < source->n_texts; t++) {
    const char *text = scope_tokens_text (source->texts[t], &self->text_bytes[t]);
    self->folded[t] = g_malloc (self->text_bytes[t] + 1);
    for (gsize b = 0; b < self->text_bytes[t]; b++)
      self->folded[t][b] = g_ascii_tolower (text[b]);
  }
  if (!find_surroundings (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
scope_trials_free (ScopeTrials *self)
{
  if (self == NULL)
    return;
  scope_questions_free (self->built_in);
  g_strfreev (self->folded);
  g_free (self->text_bytes);
  g_free (self->before);
  g_free (self->after);
  g_free (self);
}

const ScopeTrialSource *
scope_trials_source (const ScopeTrials *self)
{
  return &self->source;
}

const ScopeQuestions *
scope_trials_questions (const ScopeTrials *self)
{
  return self->source.questions != NULL ? self->source.questions : self->built_in;
}

/* A tokenizer that puts a blank before a part puts the one that the part begins with. */
ScopeTokens *
scope_trials_encode (ScopeTrials *self, const char *text, GError **error)
{
  if (self->puts_blank && *text == ' ')
    text++;
  return scope_tokenizer_encode_part (self->source.tokenizer, text, strlen (text), error);
}

void
scope_trials_text_range (const ScopeTrials *self, gsize text, gsize *begin, gsize *end)
{
  const ScopeTokens *tokens = self->source.texts[text];
  const gint32 *ids = scope_tokens_ids (tokens);
  gsize count = scope_tokens_count (tokens);
  *begin = 0;
  *end = count;
  if (count >= self->n_before + self->n_after && same (ids, self->before, self->n_before))
    *begin = self->n_before;
  if (count - *begin >= self->n_after
      && same (ids + count - self->n_after, self->after, self->n_after))
    *end = count - self->n_after;
}

/* A text may hold any byte, so that no search for strings will do. */
static gboolean
holds (const char *text, gsize length, const char *word, gsize n)
{
  const char *end = text + length;
  while ((gsize)(end - text) >= n) {
    text = memchr (text, *word, (gsize)(end - text) - n + 1);
    if (text == NULL)
      return FALSE;
    if (memcmp (text, word, n) == 0)
      return TRUE;
    text++;
  }
  return FALSE;
}

gboolean
scope_trials_in_texts (ScopeTrials *self, const char *word)
{
  g_autofree char *folded = g_ascii_strdown (word, -1);
  for (gsize t = 0; t < self->source.n_texts; t++)
    if (holds (self->folded[t], self->text_bytes[t], folded, strlen (folded)))
      return TRUE;
  return FALSE;
}

/* -- Layout -- */

typedef struct {
  ScopeTokens *tokens;
  double depth;
  gboolean asked;
  gsize cut; /* tokens of the haystack before it */
  gsize order;
} Needle;

typedef struct {
  ScopeTokens *head, *tail;
  Needle *needles; /* (n_needles) */
  gsize n_needles;
  gsize fixed; /* tokens of all of these, and those that are kept free */
} Parts;

static void
parts_clear (Parts *self)
{
  g_clear_pointer (&self->head, scope_tokens_unref);
  g_clear_pointer (&self->tail, scope_tokens_unref);
  for (gsize n = 0; n < self->n_needles; n++)
    g_clear_pointer (&self->needles[n].tokens, scope_tokens_unref);
  g_clear_pointer (&self->needles, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

static gboolean
encode_needles (Parts *self, ScopeDraft *draft, GError **error)
{
  self->needles = g_new0 (Needle, MAX (draft->needles->len, 1));
  for (self->n_needles = 0; self->n_needles < draft->needles->len; self->n_needles++) {
    const ScopeNeedle *from = &g_array_index (draft->needles, ScopeNeedle, self->n_needles);
    Needle *needle = &self->needles[self->n_needles];
    needle->tokens = scope_trials_encode (draft->trials, from->text, error);
    if (needle->tokens == NULL)
      return FALSE;
    needle->depth = from->depth;
    needle->asked = from->asked;
    needle->order = self->n_needles;
    self->fixed += scope_tokens_count (needle->tokens);
  }
  return TRUE;
}

static gboolean
parts_init (Parts *self, ScopeDraft *draft, GError **error)
{
  if (draft->head->len > 0) {
    self->head = scope_trials_encode (draft->trials, draft->head->str, error);
    if (self->head == NULL)
      return FALSE;
    self->fixed += scope_tokens_count (self->head);
  }
  self->tail = scope_trials_encode (draft->trials, draft->tail->str, error);
  if (self->tail == NULL || !encode_needles (self, draft, error))
    return FALSE;
  self->fixed += scope_tokens_count (self->tail) + draft->trials->n_before + draft->reserve;
  return TRUE;
}

/* The cut nearest to DEPTH, or DEPTH itself where none is within reach. */
static gsize
find_cut (const ScopeHaystack *hay, double depth)
{
  gsize want = (gsize)(depth * (double)hay->ids->len), best = want;
  gsize distance = hay->reach;
  for (guint c = 0; c < hay->cuts->len; c++) {
    gsize cut = g_array_index (hay->cuts, gsize, c);
    gsize away = cut > want ? cut - want : want - cut;
    if (away < distance) {
      distance = away;
      best = cut;
    }
  }
  return best;
}

static int
compare_needles (const void *a, const void *b)
{
  const Needle *x = a, *y = b;
  if (x->cut != y->cut)
    return x->cut < y->cut ? -1 : 1;
  return (x->order > y->order) - (x->order < y->order);
}

static void
put (GArray *ids, const ScopeTokens *tokens)
{
  if (tokens != NULL)
    g_array_append_vals (ids, scope_tokens_ids (tokens), (guint)scope_tokens_count (tokens));
}

static void
put_needle (GArray *ids, const Needle *needle, const ScopeHaystack *hay, ScopeTrial *out)
{
  ScopeTrialPlace place = { .begin = ids->len };
  put (ids, needle->tokens);
  place.end = ids->len;
  place.depth = hay->ids->len > 0 ? (double)needle->cut / (double)hay->ids->len : needle->depth;
  if (needle->asked)
    out->places[out->n_places++] = place;
}

static void
lay_out (const ScopeTrials *self, Parts *parts, const ScopeHaystack *hay, ScopeTrial *out)
{
  for (gsize n = 0; n < parts->n_needles; n++)
    parts->needles[n].cut = find_cut (hay, parts->needles[n].depth);
  qsort (parts->needles, parts->n_needles, sizeof *parts->needles, compare_needles);

  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_array_append_vals (ids, self->before, (guint)self->n_before);
  put (ids, parts->head);
  out->places = g_new0 (ScopeTrialPlace, MAX (parts->n_needles, 1));
  gsize at = 0;
  for (gsize n = 0; n < parts->n_needles; n++) {
    gsize cut = parts->needles[n].cut;
    g_array_append_vals (ids, (const gint32 *)hay->ids->data + at, (guint)(cut - at));
    put_needle (ids, &parts->needles[n], hay, out);
    at = cut;
  }
  g_array_append_vals (ids, (const gint32 *)hay->ids->data + at, (guint)(hay->ids->len - at));
  put (ids, parts->tail);
  out->count = ids->len;
  out->ids = (gint32 *)(void *)g_array_free (ids, FALSE);
}

gboolean
scope_recall_fail_length (const ScopeTask *task, gsize length, gsize least, GError **error)
{
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "task %s: expected a length of at least %" G_GSIZE_FORMAT
               " tokens, found %" G_GSIZE_FORMAT "%s",
               scope_task_spec (task), least, length,
               strstr (scope_task_spec (task), ":tiny") == NULL
                   ? " (\":tiny\" after the task's name asks for less)"
                   : "");
  return FALSE;
}

gboolean
scope_trials_make (ScopeTrials *self, const ScopeTask *task, gsize length, gsize trial,
                   ScopeTrial *out, GError **error)
{
  memset (out, 0, sizeof *out);
  g_autoptr (ScopeDraft) draft = scope_draft_new (self, task, trial, error);
  g_auto (Parts) parts = { NULL };
  if (draft == NULL || !parts_init (&parts, draft, error))
    return FALSE;
  if (length < parts.fixed + draft->least)
    return scope_recall_fail_length (task, length, parts.fixed + draft->least, error);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) cuts = g_array_new (FALSE, FALSE, sizeof (gsize));
  ScopeHaystack hay = { ids, cuts, 0 };
  draft->length = length;
  if (!draft->fill (draft, length - parts.fixed, &hay, error))
    return FALSE;
  lay_out (self, &parts, &hay, out);
  out->generate = draft->generate;
  g_ptr_array_add (draft->answers, NULL);
  out->answers = g_strdupv ((char **)draft->answers->pdata);
  return TRUE;
}

void
scope_trial_clear (ScopeTrial *trial)
{
  g_clear_pointer (&trial->ids, g_free);
  g_clear_pointer (&trial->answers, g_strfreev);
  g_clear_pointer (&trial->places, g_free);
}

gsize
scope_trials_count (const ScopeTrials *self)
{
  return self->source.trials;
}

gboolean
scope_trials_least (ScopeTrials *self, const ScopeTask *task, gsize *out, GError **error)
{
  *out = 0;
  for (gsize t = 0; t < self->source.trials; t++) {
    g_autoptr (ScopeDraft) draft = scope_draft_new (self, task, t, error);
    g_auto (Parts) parts = { NULL };
    if (draft == NULL || !parts_init (&parts, draft, error))
      return FALSE;
    *out = MAX (*out, parts.fixed + draft->least);
  }
  return TRUE;
}

double
scope_trial_score (const ScopeTask *task, const ScopeTrial *trial, const char *text)
{
  const char *const *answers = (const char *const *)trial->answers;
  switch (scope_task_get_info (task)->scoring) {
  case SCOPE_SCORE_START:
    return scope_score_start (text, answers);
  case SCOPE_SCORE_ALL:
    return scope_score_all (text, answers);
  default:
    return scope_score_part (text, answers);
  }
}
