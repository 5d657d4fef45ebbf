/* Needles in a haystack: keys with values, of which some are asked for. RULER's eight of these
 * differ in numbers and kinds alone. */
#include "analysis/recall/recall-private.h"

typedef enum { NUMBER, WORD, UUID } What;
typedef enum { NOISE, TEXT, NEEDLES } Haystack;

/* What a value is called in the prompt. */
static const char *const nouns[] = { "locker code", "password", "serial number" };

static const char *
draw (ScopeDraft *draft, What what, GError **error)
{
  if (what == NUMBER)
    return scope_draft_number (draft, scope_draft_get (draft, "digits"), error);
  return what == WORD ? scope_draft_pair (draft, error) : scope_draft_uuid (draft, error);
}

static What
value_of (const ScopeDraft *draft)
{
  return (What)scope_draft_get (draft, "value");
}

static char *
needle_text (const ScopeDraft *draft, const char *key, const char *value)
{
  return g_strdup_printf (" One %s of %s is %s.", nouns[value_of (draft)], key, value);
}

/* A needle that nobody asks for. */
static char *
next_needle (ScopeDraft *draft, GError **error)
{
  const char *key = draw (draft, (What)scope_draft_get (draft, "key"), error);
  const char *value = key != NULL ? draw (draft, value_of (draft), error) : NULL;
  return value != NULL ? needle_text (draft, key, value) : NULL;
}

/* The values of one key. The first that is asked for stands where the trial says, all others
 * anywhere. */
static gboolean
add_key (ScopeDraft *draft, const char *key, gboolean asked, GError **error)
{
  for (gsize v = 0; v < scope_draft_get (draft, "values"); v++) {
    const char *value = draw (draft, value_of (draft), error);
    if (value == NULL)
      return FALSE;
    gboolean first = asked && draft->answers->len == 0;
    double depth = first ? draft->depth : g_rand_double (draft->random);
    scope_draft_add_needle (draft, needle_text (draft, key, value), depth, asked);
    if (asked)
      g_ptr_array_add (draft->answers, g_strdup (value));
  }
  return TRUE;
}

static void
ask (ScopeDraft *draft, const GPtrArray *keys, gsize queries)
{
  const char *noun = nouns[value_of (draft)];
  const char *end = draft->answers->len > 1 ? "s" : "",
             *is = draft->answers->len > 1 ? "are" : "is";
  g_autofree char *list = scope_draft_list ((const char *const *)keys->pdata, queries);
  g_string_printf (draft->head,
                   "Keep in mind every %s in the text below: the end asks for some of them.\n",
                   noun);
  g_string_printf (draft->tail,
                   "\n\nQuestion: Which %s%s of %s does the text name?\nAnswer: The %s%s of %s "
                   "that the text names %s",
                   noun, end, list, noun, end, list, is);
}

/* The keys that are asked for come first in KEYS: where their needles stand is drawn. */
static gboolean
make (ScopeDraft *draft, GError **error)
{
  gsize queries = scope_draft_get (draft, "queries");
  gsize n_keys = MAX (scope_draft_get (draft, "keys"), queries);
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  for (gsize k = 0; k < n_keys; k++) {
    const char *key = draw (draft, (What)scope_draft_get (draft, "key"), error);
    if (key == NULL || !add_key (draft, key, k < queries, error))
      return FALSE;
    g_ptr_array_add (keys, (gpointer)key);
  }
  ask (draft, keys, queries);
  Haystack haystack = (Haystack)scope_draft_get (draft, "haystack");
  draft->fill = haystack == TEXT ? scope_fill_text : scope_fill_items;
  draft->item = haystack == NOISE ? scope_item_noise : next_needle;
  return TRUE;
}

#define COUNT(count_name, what, ruler_value, tiny_value)                                           \
  {                                                                                                \
    .name = (count_name), .summary = (what), .unit = "needles", .low = 1, .high = 1000,            \
    .whole = TRUE, .ruler = (ruler_value), .tiny = (tiny_value)                                    \
  }

/* One of the eight. MORE is what more than one of anything is with "tiny". */
#define NIAH(id, key_number, words, hay, n_keys, n_values, n_queries, key_kind, value_kind, more)  \
  const ScopeTaskKind scope_task_##id = {                                                          \
    .info = { .name = #id,                                                                         \
              .summary = (words),                                                                  \
              .source = "RULER, section 3.1 and appendix B",                     \
              .scoring = SCOPE_SCORE_ALL,                                                          \
              .parameters = {                                                                      \
                { .name = "haystack", .choices = "noise|text|needles",                             \
                  .summary = "what surrounds the needles: sentences over and over, your text, or " \
                             "needles that nobody asks for",                                       \
                  .ruler = (hay), .tiny = (hay) },                                                 \
                COUNT ("keys", "keys in all, those asked for included", n_keys,                    \
                       MIN (n_keys, more)),                                                        \
                COUNT ("values", "values of each key, every one in a needle of its own",           \
                       n_values, MIN (n_values, more)),                                            \
                COUNT ("queries", "keys that are asked for", n_queries, MIN (n_queries, more)),    \
                { .name = "key", .choices = "number|word|uuid", .summary = "what keys are",        \
                  .ruler = (key_kind), .tiny = (key_kind) },                                       \
                { .name = "value", .choices = "number|word|uuid", .summary = "what values are",    \
                  .ruler = (value_kind), .tiny = (value_kind) },                                   \
                { .name = "digits", .summary = "how long a number is", .unit = "digits",           \
                  .low = 1, .high = 18, .whole = TRUE, .ruler = 7, .tiny = 5 },                    \
                SCOPE_PARAMETER_DEPTH,                                                             \
                SCOPE_PARAMETER_GENERATE (128, (value_kind) == UUID ? 48 : 24),                    \
              } },                                                                                 \
    .key = (key_number),                                                                           \
    .make = make,                                                                                  \
  }

NIAH (niah_single_1, 2, "one number in noise", NOISE, 1, 1, 1, WORD, NUMBER, 2);
NIAH (niah_single_2, 3, "one number in your text", TEXT, 1, 1, 1, WORD, NUMBER, 2);
NIAH (niah_single_3, 4, "one UUID in your text", TEXT, 1, 1, 1, WORD, UUID, 2);
NIAH (niah_multikey_1, 5, "one of four numbers in your text", TEXT, 4, 1, 1, WORD, NUMBER, 2);
NIAH (niah_multikey_2, 6, "one number among nothing but numbers", NEEDLES, 1, 1, 1, WORD, NUMBER,
      2);
NIAH (niah_multikey_3, 7, "one UUID among nothing but UUIDs, which are keys, too", NEEDLES, 1, 1, 1,
      UUID, UUID, 2);
NIAH (niah_multivalue, 8, "the four numbers of one key in your text", TEXT, 1, 4, 1, WORD, NUMBER,
      2);
NIAH (niah_multiquery, 9, "the numbers of four keys in your text", TEXT, 1, 1, 4, WORD, NUMBER, 2);
