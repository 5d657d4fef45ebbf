/* Frequent words extraction: made-up words whose frequencies fall off as Zeta's, rank^-alpha. The
 * first rank is a noise of dots, the next ones are asked for. */
#include "analysis/recall/recall-private.h"
#include "base/error.h"

/* A text of so many words is more than a run of two billion tokens has. */
#define MOST_WORDS 0x7fffffff

typedef struct {
  GPtrArray *words;  /* const char *: of rank 2, 3, ...; the draft's own */
  GPtrArray *tokens; /* ScopeTokens of each */
  ScopeTokens *dots;
  double zeta, alpha;
  gsize letters;
} State;

static void
state_free (gpointer data)
{
  State *self = data;
  g_ptr_array_unref (self->words);
  g_ptr_array_unref (self->tokens);
  g_clear_pointer (&self->dots, scope_tokens_unref);
  g_free (self);
}

/* Riemann's zeta of ALPHA > 1: the first terms, and the rest by Euler and Maclaurin's formula,
 * whose next term is below 1e-9 here. */
static double
zeta (double alpha)
{
  const double n = 100;
  double sum = 0;
  for (double k = 1; k < n; k++)
    sum += pow (k, -alpha);
  return sum + pow (n, 1 - alpha) / (alpha - 1) + 0.5 * pow (n, -alpha)
         + alpha / 12 * pow (n, -alpha - 1);
}

/* How often the word of RANK, from 1, stands among WORDS words. */
static gsize
occurrences (const State *self, gsize words, gsize rank)
{
  return (gsize)((double)words * pow ((double)rank, -self->alpha) / self->zeta);
}

/* Sees to it that the words up to RANK are drawn. */
static gboolean
draw_ranks (ScopeDraft *draft, State *self, gsize rank, GError **error)
{
  while (self->words->len + 1 < rank) {
    const char *word = scope_draft_code (draft, self->letters, error);
    g_autofree char *text = g_strdup_printf (" %s", word);
    ScopeTokens *tokens = word != NULL ? scope_trials_encode (draft->trials, text, error) : NULL;
    if (tokens == NULL)
      return FALSE;
    g_ptr_array_add (self->words, (gpointer)word);
    g_ptr_array_add (self->tokens, tokens);
  }
  return TRUE;
}

static const ScopeTokens *
tokens_of (const State *self, gsize rank)
{
  return rank == 1 ? self->dots : self->tokens->pdata[rank - 2];
}

/* Tokens of a text of WORDS words, or anything above ROOM. */
static gboolean
measure (ScopeDraft *draft, State *self, gsize words, gsize room, gsize *out, GError **error)
{
  *out = 0;
  for (gsize rank = 1; *out <= room; rank++) {
    gsize times = occurrences (self, words, rank);
    if (times == 0)
      break;
    if (!draw_ranks (draft, self, rank, error))
      return FALSE;
    *out += times * scope_tokens_count (tokens_of (self, rank));
  }
  return TRUE;
}

/* The most words that fit into ROOM. */
static gboolean
find_words (ScopeDraft *draft, State *self, gsize room, gsize *out, gsize *used, GError **error)
{
  gsize low = 0, high = 1, tokens = 0;
  *used = 0;
  while (tokens <= room && high < MOST_WORDS) {
    high *= 2;
    if (!measure (draft, self, high, room, &tokens, error))
      return FALSE;
  }
  while (high - low > 1) {
    gsize middle = low + (high - low) / 2;
    if (!measure (draft, self, middle, room, &tokens, error))
      return FALSE;
    *(tokens <= room ? &low : &high) = middle;
    if (tokens <= room)
      *used = tokens;
  }
  *out = low;
  return TRUE;
}

/* What is left over when no other word fits goes to the dots. */
static gboolean
fill (ScopeDraft *draft, gsize room, ScopeHaystack *out, GError **error)
{
  State *self = draft->state;
  gsize words, used;
  if (!find_words (draft, self, room, &words, &used, error))
    return FALSE;
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  for (gsize rank = 1, times; (times = occurrences (self, words, rank)) > 0; rank++) {
    if (rank == 1)
      times += (room - used) / MAX (scope_tokens_count (self->dots), 1);
    for (gsize i = 0; i < times; i++)
      g_ptr_array_add (list, (gpointer)tokens_of (self, rank));
  }
  scope_fill_shuffled (draft, list, out);
  return TRUE;
}

/* In a text of so many words the last one that is asked for occurs more often than the next one:
 * their shares differ by a whole word. */
static gsize
fewest_words (const State *self, gsize top)
{
  double rank = (double)top + 1;
  double apart = (pow (rank, -self->alpha) - pow (rank + 1, -self->alpha)) / self->zeta;
  return (gsize)ceil (MIN (1 / apart, MOST_WORDS - 1)) + 1;
}

static State *
state_new (ScopeDraft *draft, GError **error)
{
  State *self = g_new0 (State, 1);
  draft->state = self;
  draft->free_state = state_free;
  self->words = g_ptr_array_new ();
  self->tokens = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_tokens_unref);
  self->alpha = scope_task_get (draft->task, "alpha");
  self->zeta = zeta (self->alpha);
  self->letters = scope_draft_get (draft, "letters");
  self->dots = scope_trials_encode (draft->trials, " ...", error);
  return self->dots != NULL ? self : NULL;
}

static gboolean
make (ScopeDraft *draft, GError **error)
{
  gsize top = scope_draft_get (draft, "top");
  State *state = state_new (draft, error);
  if (state == NULL || !draw_ranks (draft, state, top + 1, error)
      || !measure (draft, state, fewest_words (state, top), G_MAXSIZE - 1, &draft->least, error))
    return FALSE;
  for (gsize w = 0; w < top; w++)
    g_ptr_array_add (draft->answers, g_strdup (state->words->pdata[w]));
  g_string_printf (draft->head,
                   "The text below is written in code words. Find the %" G_GSIZE_FORMAT
                   " that occur most often; dots do not count.\n",
                   top);
  g_string_printf (draft->tail,
                   "\n\nQuestion: Which %" G_GSIZE_FORMAT
                   " code words occur most often in the text?\nAnswer: The %" G_GSIZE_FORMAT
                   " most frequent code words are",
                   top, top);
  draft->fill = fill;
  return TRUE;
}

const ScopeTaskKind scope_task_fwe = {
  .info = { .name = "fwe",
            .summary = "the three most frequent words of a text in made-up words",
            .source = "RULER, section 3.3 and appendix B",
            .scoring = SCOPE_SCORE_ALL,
            .parameters = {
              { .name = "alpha", .summary = "a word of rank k is k^-alpha as frequent as the first",
                .unit = "exponent", .low = 1.1, .high = 4, .ruler = 2, .tiny = 2 },
              { .name = "top", .summary = "words that are asked for", .unit = "words", .low = 1,
                .high = 10, .whole = TRUE, .ruler = 3, .tiny = 3 },
              { .name = "letters", .summary = "how long a word is", .unit = "letters", .low = 3,
                .high = 12, .whole = TRUE, .ruler = 6, .tiny = 4 },
              SCOPE_PARAMETER_GENERATE (50, 24),
            } },
  .key = 12,
  .make = make,
};
