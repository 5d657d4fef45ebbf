/* One fact in prose, in the wordings that the rescue sample was trained on. */
#include "analysis/recall/recall-private.h"

#define DIGITS 5

/* A trial leaves as many tokens free as " 58213." has, and the answer is decoded to its last digit.
 */
static gboolean
begin (ScopeDraft *draft, char *digits, GError **error)
{
  for (gsize d = 0; d < DIGITS; d++)
    digits[d] = (char)('0' + g_rand_int_range (draft->random, 0, 10));
  digits[DIGITS] = '\0';
  g_ptr_array_add (draft->answers, g_strdup (digits));
  g_autofree char *text = g_strdup_printf (" %s.", digits);
  g_autoptr (ScopeTokens) answer = scope_trials_encode (draft->trials, text, error);
  if (answer == NULL)
    return FALSE;
  draft->reserve = scope_tokens_count (answer);
  draft->generate = DIGITS + 1;
  draft->fill = scope_fill_text_anywhere;
  return TRUE;
}

static gboolean
make_passkey (ScopeDraft *draft, GError **error)
{
  char digits[DIGITS + 1];
  if (!begin (draft, digits, error))
    return FALSE;
  scope_draft_add_needle (draft,
                          g_strdup_printf ("\nThe pass key is %s. Remember it. %s is the pass "
                                           "key.\n",
                                           digits, digits),
                          draft->depth, TRUE);
  g_string_assign (draft->tail, "\nWhat is the pass key? The pass key is");
  return TRUE;
}

static char *
draw_key (ScopeDraft *draft, gpointer data)
{
  const char *first = scope_nouns[g_rand_int_range (draft->random, 0, (gint32)scope_n_nouns)];
  const char *second = scope_nouns[g_rand_int_range (draft->random, 0, (gint32)scope_n_nouns)];
  return g_strdup_printf ("%s-%s", first, second);
}

static void
add_needle (ScopeDraft *draft, const char *key, const char *digits, double depth, gboolean asked)
{
  scope_draft_add_needle (
      draft, g_strdup_printf (" One of the special magic numbers for %s is: %s.\n", key, digits),
      depth, asked);
}

/* Needles that nobody asks for, of other keys and numbers. */
static gboolean
add_others (ScopeDraft *draft, gsize count, GError **error)
{
  for (gsize k = 0; k < count; k++) {
    const char *key = scope_draft_fresh (draft, draw_key, NULL, "pairs of words", error);
    const char *number = key != NULL ? scope_draft_number (draft, DIGITS, error) : NULL;
    if (number == NULL)
      return FALSE;
    add_needle (draft, key, number, g_rand_double (draft->random), FALSE);
  }
  return TRUE;
}

static gboolean
make_needle (ScopeDraft *draft, GError **error)
{
  char digits[DIGITS + 1];
  if (!begin (draft, digits, error))
    return FALSE;
  char *key = draw_key (draft, NULL);
  g_hash_table_add (draft->used, key);
  g_hash_table_add (draft->used, g_strdup (digits));
  add_needle (draft, key, digits, draft->depth, TRUE);
  g_string_printf (draft->tail,
                   "\nWhat is the special magic number for %s mentioned in the text? The special "
                   "magic number for %s is:",
                   key, key);
  return add_others (draft, scope_draft_get (draft, "keys") - 1, error);
}

const ScopeTaskKind scope_task_passkey = {
  .info = { .name = "passkey",
            .summary = "a pass key of five digits in prose, as the rescue sample learnt it",
            .source = "Mohtashami and Jaggi, Landmark Attention, 2023, section 4.2",
            .scoring = SCOPE_SCORE_START,
            .parameters = { SCOPE_PARAMETER_DEPTH } },
  .key = 0,
  .always_text = TRUE,
  .make = make_passkey,
};

const ScopeTaskKind scope_task_needle = {
  .info = { .name = "needle",
            .summary = "a number of five digits for a pair of words in prose, likewise",
            .source = "RULER, section 3.1, shortened",
            .scoring = SCOPE_SCORE_START,
            .parameters = {
              { .name = "keys", .summary = "needles in all, of which one is asked for",
                .unit = "needles", .low = 1, .high = 1000, .whole = TRUE, .ruler = 1, .tiny = 1 },
              SCOPE_PARAMETER_DEPTH,
            } },
  .key = 1,
  .always_text = TRUE,
  .make = make_needle,
};
