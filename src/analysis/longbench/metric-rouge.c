/* ROUGE-L by the words on longest common subsequences. */
#include <string.h>

#include "analysis/longbench/metrics.h"
#include "analysis/longbench/words-private.h"

/* One text: its words, sentence after sentence. */
typedef struct {
  GArray *words; /* guint32 */
  GArray *ends;  /* gsize: where each sentence ends */
} Sentences;

static void
sentences_clear (Sentences *self)
{
  g_clear_pointer (&self->words, g_array_unref);
  g_clear_pointer (&self->ends, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sentences, sentences_clear)

static gsize
sentence_begin (const Sentences *self, guint s)
{
  return s > 0 ? g_array_index (self->ends, gsize, s - 1) : 0;
}

/* The words of a sentence of white space are one empty word. */
static void
end_sentence (Sentences *self, ScopeLexicon *lexicon)
{
  if (lexicon->word->len > 0 || self->words->len == sentence_begin (self, self->ends->len))
    scope_lexicon_take (lexicon, self->words);
  gsize end = self->words->len;
  g_array_append_val (self->ends, end);
}

static void
sentences_init (Sentences *self, ScopeLexicon *lexicon, const char *text)
{
  self->words = scope_words_new ();
  self->ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  gboolean inside = FALSE;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);
    if (c != '.' && !scope_python_is_space (c))
      g_string_append_unichar (lexicon->word, c);
    else if (c != '.' && lexicon->word->len > 0)
      scope_lexicon_take (lexicon, self->words);
    if (c == '.' && inside)
      end_sentence (self, lexicon);
    inside = c != '.';
  }
  if (inside)
    end_sentence (self, lexicon);
}

/* -- the longest common subsequence -- */

/* Lengths for the first I words of X (rows) and the first J of Y. Only every STEPth row is kept;
 * the rows between two of them are computed again when the trace comes through. */
typedef struct {
  const guint32 *x, *y;
  gsize n, m, step;
  guint32 *kept;  /* (n / step + 1, m + 1) */
  guint32 *block; /* (step + 1, m + 1) */
} Subsequence;

static void
next_row (const Subsequence *self, gsize i, const guint32 *above, guint32 *row)
{
  row[0] = 0;
  for (gsize j = 1; j <= self->m; j++)
    row[j] = self->x[i - 1] == self->y[j - 1] ? above[j - 1] + 1 : MAX (above[j], row[j - 1]);
}

/* Rows FIRST to LAST into the block, from the kept one. */
static void
fill_block (const Subsequence *self, gsize first, gsize last)
{
  gsize width = self->m + 1;
  memcpy (self->block, self->kept + first / self->step * width, width * sizeof (guint32));
  for (gsize i = first + 1; i <= last; i++)
    next_row (self, i, self->block + (i - 1 - first) * width, self->block + (i - first) * width);
}

static void
keep_rows (const Subsequence *self)
{
  gsize width = self->m + 1;
  memset (self->kept, 0, width * sizeof (guint32));
  for (gsize first = 0; first + self->step <= self->n; first += self->step) {
    fill_block (self, first, first + self->step);
    memcpy (self->kept + (first / self->step + 1) * width, self->block + self->step * width,
            width * sizeof (guint32));
  }
}

/* Marks the words of the subsequence that the trace finds, from the ends back. */
static void
trace_back (const Subsequence *self, guint8 *found)
{
  gsize i = self->n, j = self->m, width = self->m + 1;
  while (i > 0 && j > 0) {
    gsize first = (i - 1) / self->step * self->step;
    fill_block (self, first, i);
    while (i > first && j > 0) {
      const guint32 *above = self->block + (i - 1 - first) * width, *row = above + width;
      if (self->x[i - 1] == self->y[j - 1]) {
        found[self->x[i - 1]] = 1;
        i--, j--;
      } else if (above[j] > row[j - 1]) {
        i--;
      } else {
        j--;
      }
    }
  }
}

static gsize
square_root (gsize n)
{
  gsize root = 1;
  while (root * root < n)
    root++;
  return root;
}

static void
mark_common (const guint32 *x, gsize n, const guint32 *y, gsize m, guint8 *found)
{
  Subsequence self = { x, y, n, m, square_root (n), NULL, NULL };
  g_autofree guint32 *kept = g_new (guint32, (n / self.step + 1) * (m + 1));
  g_autofree guint32 *block = g_new (guint32, (self.step + 1) * (m + 1));
  self.kept = kept;
  self.block = block;
  keep_rows (&self);
  trace_back (&self, found);
}

/* -- the score -- */

static gsize
count_set (const guint8 *set, gsize size)
{
  gsize count = 0;
  for (gsize i = 0; i < size; i++)
    count += set[i];
  return count;
}

static gsize
count_different (const GArray *words, gsize size)
{
  g_autofree guint8 *set = g_new0 (guint8, size);
  for (guint i = 0; i < words->len; i++)
    set[g_array_index (words, guint32, i)] = 1;
  return count_set (set, size);
}

static double
f_of_sentences (const Sentences *said, const Sentences *meant, gsize size)
{
  if (said->ends->len == 0 || meant->ends->len == 0)
    return 0;
  g_autofree guint8 *found = g_new0 (guint8, size);
  const guint32 *y = (const guint32 *)said->words->data;
  const guint32 *x = (const guint32 *)meant->words->data;
  for (guint a = 0; a < meant->ends->len; a++)
    for (guint p = 0; p < said->ends->len; p++) {
      gsize i = sentence_begin (meant, a), j = sentence_begin (said, p);
      mark_common (x + i, g_array_index (meant->ends, gsize, a) - i, y + j,
                   g_array_index (said->ends, gsize, p) - j, found);
    }
  double common = (double)count_set (found, size);
  double recall = common / (double)count_different (meant->words, size);
  double precision = common / (double)count_different (said->words, size);
  return 2 * (precision * recall / (precision + recall + 1e-8));
}

double
scope_longbench_rouge_l (const char *prediction, const char *answer)
{
  g_auto (ScopeLexicon) lexicon;
  scope_lexicon_init (&lexicon);
  g_auto (Sentences) said = { NULL };
  g_auto (Sentences) meant = { NULL };
  sentences_init (&said, &lexicon, prediction);
  sentences_init (&meant, &lexicon, answer);
  return f_of_sentences (&said, &meant, scope_lexicon_size (&lexicon));
}

static void
append_apart (const gunichar *word, gsize count, gpointer data)
{
  GString *text = data;
  if (text->len > 0)
    g_string_append_c (text, ' ');
  for (gsize i = 0; i < count; i++)
    g_string_append_unichar (text, word[i]);
}

double
scope_longbench_rouge_l_zh_chars (const char *prediction, const char *answer)
{
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GString) meant = g_string_new (NULL);
  scope_words_of_chinese (prediction, append_apart, said);
  scope_words_of_chinese (answer, append_apart, meant);
  return scope_longbench_rouge_l (said->str, meant->str);
}
