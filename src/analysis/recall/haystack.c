/* What surrounds the needles: the user's text, noise, or items of the task. */
#include <string.h>

#include "analysis/recall/recall-private.h"
#include "base/error.h"

/* A place between sentences that is farther away than this is no better than one inside of one. */
#define NEAR 64

/* -- Text -- */

static gboolean
check_texts (const ScopeDraft *draft, gsize room, GError **error)
{
  const ScopeTrialSource *source = scope_trials_source (draft->trials);
  if (source->n_texts == 0) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "task %s: needs a text to be its haystack", scope_task_spec (draft->task));
    return FALSE;
  }
  for (gsize t = 0; t < source->n_texts; t++) {
    gsize begin, end;
    scope_trials_text_range (draft->trials, t, &begin, &end);
    if (end - begin < (source->repeat ? 1 : room)) {
      g_set_error (
          error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
          "%s: has %" G_GSIZE_FORMAT " tokens, but a trial of %" G_GSIZE_FORMAT
          " tokens of task %s needs %" G_GSIZE_FORMAT " of prose: a longer text, or --repeat",
          source->names[t], end - begin, draft->length, scope_task_spec (draft->task), room);
      return FALSE;
    }
  }
  return TRUE;
}

/* Tokens of a text from BEGIN on, going round at its END to FIRST. */
typedef struct {
  const ScopeTokens *tokens;
  gsize first, end, begin;
} Stretch;

static gsize
stretch_at (const Stretch *self, gsize index)
{
  return self->first + (self->begin - self->first + index) % (self->end - self->first);
}

/* ROOM tokens to OUT, from anywhere in one of the texts: from where they are there without going
 * round, if it has as many. */
static gboolean
fill_stretch (ScopeDraft *draft, gsize room, Stretch *out, ScopeHaystack *hay, GError **error)
{
  if (!check_texts (draft, room, error))
    return FALSE;
  const ScopeTrialSource *source = scope_trials_source (draft->trials);
  gsize text = (gsize)g_rand_int_range (draft->random, 0, (gint32)source->n_texts);
  out->tokens = source->texts[text];
  scope_trials_text_range (draft->trials, text, &out->first, &out->end);
  gsize count = out->end - out->first, spare = count < room ? count - 1 : count - room;
  gsize skip = (gsize)(g_rand_double (draft->random) * (double)(spare + 1));
  out->begin = out->first + MIN (skip, spare);
  for (gsize i = 0; i < room; i++)
    g_array_append_vals (hay->ids, scope_tokens_ids (out->tokens) + stretch_at (out, i), 1);
  return TRUE;
}

gboolean
scope_fill_text_anywhere (ScopeDraft *self, gsize room, ScopeHaystack *out, GError **error)
{
  Stretch stretch;
  return fill_stretch (self, room, &stretch, out, error);
}

/* Whether a sentence ends with the byte before AT: a stop, and marks that close. */
static gboolean
ends_sentence (const char *text, gsize at)
{
  while (at > 0 && strchr ("\"')]", text[at - 1]) != NULL && text[at - 1] != '\0')
    at--;
  return at > 0 && text[at - 1] != '\0' && strchr (".!?", text[at - 1]) != NULL;
}

/* Whether a sentence ends before token INDEX of the stretch; a text's end is one. */
static gboolean
is_cut (const Stretch *self, gsize index)
{
  const char *text = scope_tokens_text (self->tokens, NULL);
  ScopeSpan before = scope_tokens_span (self->tokens, stretch_at (self, index - 1));
  ScopeSpan after = scope_tokens_span (self->tokens, stretch_at (self, index));
  if (stretch_at (self, index) == self->first)
    return TRUE;
  return after.begin < after.end && g_ascii_isspace (text[after.begin])
         && ends_sentence (text, before.end);
}

gboolean
scope_fill_text (ScopeDraft *self, gsize room, ScopeHaystack *out, GError **error)
{
  Stretch stretch;
  if (!fill_stretch (self, room, &stretch, out, error))
    return FALSE;
  out->reach = NEAR;
  for (gsize i = 1; i < room; i++)
    if (is_cut (&stretch, i))
      g_array_append_val (out->cuts, i);
  return TRUE;
}

/* -- Items -- */

gboolean
scope_fill_items (ScopeDraft *self, gsize room, ScopeHaystack *out, GError **error)
{
  gsize start = 0;
  out->reach = G_MAXSIZE;
  g_array_append_val (out->cuts, start);
  while (out->ids->len < room) {
    g_autofree char *item = self->item (self, error);
    if (item == NULL)
      return FALSE;
    g_autoptr (ScopeTokens) tokens = scope_trials_encode (self->trials, item, error);
    if (tokens == NULL)
      return FALSE;
    gsize left = room - out->ids->len, count = scope_tokens_count (tokens);
    g_array_append_vals (out->ids, scope_tokens_ids (tokens), (guint)MIN (count, left));
    gsize end = out->ids->len;
    g_array_append_val (out->cuts, end);
  }
  return TRUE;
}

static const char *const noise[] = {
  " The kettle hums.",       " Rain taps on the glass.", " A cart rolls by.",
  " Nobody is in a hurry.",  " Evening comes slowly.",   " The lamps are lit.",
  " Somewhere a dog barks.",
};

const char *
scope_noise_sentence (gsize index)
{
  return noise[index % G_N_ELEMENTS (noise)];
}

char *
scope_item_noise (ScopeDraft *self, GError **error)
{
  gsize next = GPOINTER_TO_SIZE (self->state);
  self->state = GSIZE_TO_POINTER (next + 1);
  return g_strdup (scope_noise_sentence (next));
}

void
scope_draft_fill_noise_or_text (ScopeDraft *self)
{
  gboolean text = scope_task_needs_text (self->task);
  self->fill = text ? scope_fill_text : scope_fill_items;
  self->item = text ? NULL : scope_item_noise;
}

/* -- Lists -- */

void
scope_shuffle (GPtrArray *list, GRand *random)
{
  for (guint i = list->len; i > 1; i--) {
    guint k = (guint)g_rand_int_range (random, 0, (gint32)i);
    gpointer last = list->pdata[i - 1];
    list->pdata[i - 1] = list->pdata[k];
    list->pdata[k] = last;
  }
}

void
scope_fill_shuffled (ScopeDraft *self, GPtrArray *list, ScopeHaystack *out)
{
  scope_shuffle (list, self->random);
  for (guint i = 0; i < list->len; i++) {
    const ScopeTokens *tokens = list->pdata[i];
    g_array_append_vals (out->ids, scope_tokens_ids (tokens), (guint)scope_tokens_count (tokens));
  }
}
