/* Common words extraction: a shuffled list in which a few words occur often and all others seldom.
 */
#include <string.h>

#include "analysis/recall/recall-private.h"

/* An example is a fifth as repetitive, and has as many seldom words as common ones. */
#define EXAMPLE_SHARE 5

static char *
item (const char *word)
{
  return g_strdup_printf (" %s,", word);
}

static void
add_task (GString *out, gsize common)
{
  g_string_append_printf (out,
                          "Some words of the list below occur more often than the others. Find the "
                          "%" G_GSIZE_FORMAT " most common ones.\n",
                          common);
}

static void
add_question (GString *out, gsize common)
{
  g_string_append_printf (out,
                          "\n\nQuestion: Which %" G_GSIZE_FORMAT
                          " words are the most common ones of the list?\nAnswer: The "
                          "%" G_GSIZE_FORMAT " most common words are",
                          common, common);
}

static void
repeat (GPtrArray *words, gpointer word, gsize times)
{
  for (gsize i = 0; i < times; i++)
    g_ptr_array_add (words, word);
}

/* COUNT words that stay clear of each other; the draft's own. */
static gboolean
draw_words (ScopeDraft *draft, gsize count, GPtrArray *out, GError **error)
{
  for (gsize i = 0; i < count; i++) {
    const char *word = scope_draft_word (draft, out, error);
    if (word == NULL)
      return FALSE;
    g_ptr_array_add (out, (gpointer)word);
  }
  return TRUE;
}

static gboolean
add_example (ScopeDraft *draft, gsize common, gsize often, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  if (!draw_words (draft, 2 * common, words, error))
    return FALSE;
  for (gsize w = 0; w < words->len; w++)
    repeat (list, words->pdata[w], w < common ? MAX (often / EXAMPLE_SHARE, 2) : 1);
  scope_shuffle (list, draft->random);
  add_task (draft->head, common);
  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (draft->head, " %s,", (const char *)list->pdata[i]);
  add_question (draft->head, common);
  g_autofree char *answer = scope_draft_list ((const char *const *)words->pdata, common);
  g_string_append_printf (draft->head, " %s.\n\n", answer);
  return TRUE;
}

/* Tokens of one item; caller unrefs. */
static ScopeTokens *
encode_item (ScopeDraft *draft, const char *word, GError **error)
{
  g_autofree char *text = item (word);
  return scope_trials_encode (draft->trials, text, error);
}

/* How often WORD goes into ROOM less *USED, at most TIMES; its items are put into LIST. */
static gboolean
take_word (ScopeDraft *draft, const char *word, gsize times, gsize room, gsize *used,
           GPtrArray *list, gsize *taken, GError **error)
{
  g_autoptr (ScopeTokens) tokens = encode_item (draft, word, error);
  if (tokens == NULL)
    return FALSE;
  gsize count = scope_tokens_count (tokens);
  *taken = MIN (times, (room - *used) / MAX (count, 1));
  *used += *taken * count;
  for (gsize i = 0; i < *taken; i++)
    g_ptr_array_add (list, scope_tokens_ref (tokens));
  return TRUE;
}

/* The common words, then seldom ones until no other goes in. */
static gboolean
fill (ScopeDraft *draft, gsize room, ScopeHaystack *out, GError **error)
{
  const GPtrArray *common = draft->state;
  gsize often = scope_draft_get (draft, "often"), seldom = scope_draft_get (draft, "seldom");
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_tokens_unref);
  gsize used = 0, taken = 0;
  for (guint w = 0; w < common->len; w++)
    if (!take_word (draft, common->pdata[w], often, room, &used, list, &taken, error))
      return FALSE;
  do {
    const char *word = scope_draft_word (draft, common, error);
    if (word == NULL || !take_word (draft, word, seldom, room, &used, list, &taken, error))
      return FALSE;
  } while (taken == seldom);
  scope_fill_shuffled (draft, list, out);
  return TRUE;
}

/* The common words have to go in. */
static gboolean
find_least (ScopeDraft *draft, const GPtrArray *common, gsize often, GError **error)
{
  for (guint w = 0; w < common->len; w++) {
    g_autoptr (ScopeTokens) tokens = encode_item (draft, common->pdata[w], error);
    if (tokens == NULL)
      return FALSE;
    draft->least += often * scope_tokens_count (tokens);
  }
  return TRUE;
}

static gboolean
make (ScopeDraft *draft, GError **error)
{
  gsize n_common = scope_draft_get (draft, "common"), often = scope_draft_get (draft, "often");
  GPtrArray *common = g_ptr_array_new ();
  draft->state = common;
  draft->free_state = (GDestroyNotify)g_ptr_array_unref;
  if (!draw_words (draft, n_common, common, error))
    return FALSE;
  for (guint w = 0; w < common->len; w++)
    g_ptr_array_add (draft->answers, g_strdup (common->pdata[w]));
  if (scope_draft_get (draft, "shots") > 0 && !add_example (draft, n_common, often, error))
    return FALSE;
  add_task (draft->head, n_common);
  add_question (draft->tail, n_common);
  draft->fill = fill;
  return find_least (draft, common, often, error);
}

const ScopeTaskKind scope_task_cwe = {
  .info = { .name = "cwe",
            .summary = "the ten most common words of a list",
            .source = "RULER, section 3.3 and appendix B",
            .scoring = SCOPE_SCORE_ALL,
            .parameters = {
              { .name = "common", .summary = "words that occur often; they are asked for",
                .unit = "words", .low = 1, .high = 50, .whole = TRUE, .ruler = 10, .tiny = 3 },
              { .name = "often", .summary = "how often each of them occurs", .unit = "times",
                .low = 2, .high = 1000, .whole = TRUE, .ruler = 30, .tiny = 8 },
              { .name = "seldom", .summary = "how often every other word occurs", .unit = "times",
                .low = 1, .high = 999, .whole = TRUE, .ruler = 3, .tiny = 1 },
              SCOPE_PARAMETER_SHOTS,
              SCOPE_PARAMETER_GENERATE (120, 24),
            } },
  .key = 11,
  .make = make,
};
