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
    if (end - begin < room) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "%s: has %" G_GSIZE_FORMAT " tokens, but a trial of %" G_GSIZE_FORMAT
                   " tokens of task %s needs %" G_GSIZE_FORMAT " of prose",
                   source->names[t], end - begin, draft->length, scope_task_spec (draft->task),
                   room);
      return FALSE;
    }
  }
  return TRUE;
}

/* A stretch of ROOM tokens, anywhere in one of the texts. */
static gboolean
draw_stretch (ScopeDraft *draft, gsize room, gsize *text, gsize *begin, GError **error)
{
  if (!check_texts (draft, room, error))
    return FALSE;
  const ScopeTrialSource *source = scope_trials_source (draft->trials);
  *text = (gsize)g_rand_int_range (draft->random, 0, (gint32)source->n_texts);
  gsize first, end;
  scope_trials_text_range (draft->trials, *text, &first, &end);
  gsize spare = end - first - room;
  gsize skip = (gsize)(g_rand_double (draft->random) * (double)(spare + 1));
  *begin = first + MIN (skip, spare);
  return TRUE;
}

gboolean
scope_fill_text_anywhere (ScopeDraft *self, gsize room, ScopeHaystack *out, GError **error)
{
  gsize text, begin;
  if (!draw_stretch (self, room, &text, &begin, error))
    return FALSE;
  const gint32 *ids = scope_tokens_ids (scope_trials_source (self->trials)->texts[text]);
  g_array_append_vals (out->ids, ids + begin, (guint)room);
  return TRUE;
}

/* Whether a sentence ends with the byte before AT: a stop, and marks that close. */
static gboolean
ends_sentence (const char *text, gsize at)
{
  while (at > 0 && strchr ("\"')]", text[at - 1]) != NULL && text[at - 1] != '\0')
    at--;
  return at > 0 && text[at - 1] != '\0' && strchr (".!?", text[at - 1]) != NULL;
}

gboolean
scope_fill_text (ScopeDraft *self, gsize room, ScopeHaystack *out, GError **error)
{
  gsize index, begin;
  if (!draw_stretch (self, room, &index, &begin, error))
    return FALSE;
  const ScopeTokens *tokens = scope_trials_source (self->trials)->texts[index];
  const char *text = scope_tokens_text (tokens, NULL);
  out->reach = NEAR;
  g_array_append_vals (out->ids, scope_tokens_ids (tokens) + begin, (guint)room);
  for (gsize i = 1; i < room; i++) {
    ScopeSpan before = scope_tokens_span (tokens, begin + i - 1);
    ScopeSpan after = scope_tokens_span (tokens, begin + i);
    gboolean blank = after.begin < after.end && g_ascii_isspace (text[after.begin]);
    if (blank && ends_sentence (text, before.end))
      g_array_append_val (out->cuts, i);
  }
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
