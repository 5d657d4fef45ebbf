/* Variable tracking: a number is handed on from variable to variable, and all that hold it are
 * asked for. */
#include "analysis/recall/recall-private.h"

#define NAME_LETTERS 5
#define VALUE_DIGITS 5

static char *
statement (const char *name, const char *value)
{
  return g_strdup_printf (" Let %s be %s.", name, value);
}

/* The hops + 1 names of a chain, the first of which is given VALUE. Strings are the draft's. */
static const char **
draw_chain (ScopeDraft *draft, gsize names, const char **value, GError **error)
{
  g_autofree const char **chain = g_new0 (const char *, names + 1);
  *value = scope_draft_number (draft, VALUE_DIGITS, error);
  for (gsize n = 0; n < names && *value != NULL; n++) {
    chain[n] = scope_draft_letters (draft, NAME_LETTERS, error);
    if (chain[n] == NULL)
      return NULL;
  }
  return *value != NULL ? g_steal_pointer (&chain) : NULL;
}

static void
add_task (GString *out, gsize chains)
{
  g_string_append_printf (out,
                          "The text below sets variables%s. Keep track of which of them hold which "
                          "number.\n",
                          chains > 1 ? " from several numbers" : "");
}

static void
add_question (GString *out, gsize names, const char *value)
{
  g_string_append_printf (out,
                          "\n\nQuestion: Which %" G_GSIZE_FORMAT
                          " variables hold %s?\nAnswer: The %" G_GSIZE_FORMAT
                          " variables that hold %s are",
                          names, value, names, value);
}

/* The same in small: each statement after a sentence of noise. */
static gboolean
add_example (ScopeDraft *draft, gsize names, GError **error)
{
  const char *value;
  g_autofree const char **chain = draw_chain (draft, names, &value, error);
  if (chain == NULL)
    return FALSE;
  add_task (draft->head, scope_draft_get (draft, "chains"));
  for (gsize n = 0; n < names; n++) {
    g_autofree char *text = statement (chain[n], n == 0 ? value : chain[n - 1]);
    g_string_append_printf (draft->head, "%s%s", scope_noise_sentence (n), text);
  }
  add_question (draft->head, names, value);
  g_autofree char *list = scope_draft_list (chain, names);
  g_string_append_printf (draft->head, " %s.\n\n", list);
  return TRUE;
}

/* A chain stands in its order, or it could not be followed from beginning to end. */
static gboolean
add_chain (ScopeDraft *draft, gsize names, gboolean asked, GError **error)
{
  const char *value;
  g_autofree const char **chain = draw_chain (draft, names, &value, error);
  if (chain == NULL)
    return FALSE;
  g_autofree double *depths = scope_draft_depths (draft, names);
  for (gsize n = 0; n < names; n++) {
    char *text = statement (chain[n], n == 0 ? value : chain[n - 1]);
    scope_draft_add_needle (draft, text, depths[n], asked);
    if (asked)
      g_ptr_array_add (draft->answers, g_strdup (chain[n]));
  }
  if (asked)
    add_question (draft->tail, names, value);
  return TRUE;
}

static gboolean
make (ScopeDraft *draft, GError **error)
{
  gsize names = scope_draft_get (draft, "hops") + 1, chains = scope_draft_get (draft, "chains");
  if (scope_draft_get (draft, "shots") > 0 && !add_example (draft, names, error))
    return FALSE;
  add_task (draft->head, chains);
  for (gsize c = 0; c < chains; c++)
    if (!add_chain (draft, names, c == 0, error))
      return FALSE;
  scope_draft_fill_noise_or_text (draft);
  return TRUE;
}

const ScopeTaskKind scope_task_vt = {
  .info = { .name = "vt",
            .summary = "all the variables that a number was handed on to, in noise",
            .source = "RULER, section 3.2 and appendix B",
            .scoring = SCOPE_SCORE_ALL,
            .parameters = {
              { .name = "haystack", .choices = "noise|text",
                .summary = "what surrounds the statements: sentences over and over, or your text" },
              { .name = "chains", .summary = "numbers that are handed on; one is asked for",
                .unit = "chains", .low = 1, .high = 100, .whole = TRUE, .ruler = 1, .tiny = 1 },
              { .name = "hops", .summary = "how often a number is handed on", .unit = "hops",
                .low = 1, .high = 100, .whole = TRUE, .ruler = 4, .tiny = 1 },
              SCOPE_PARAMETER_SHOTS,
              SCOPE_PARAMETER_GENERATE (30, 16),
            } },
  .key = 10,
  .make = make,
};
