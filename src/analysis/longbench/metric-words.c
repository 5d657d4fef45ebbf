/* F1 over words, and what is found in the text as it is: classes and numbers. */
#include <string.h>

#include "analysis/longbench/metrics.h"
#include "analysis/longbench/words-private.h"

/* The words in common over those of each: WORDS are numbers below SIZE. */
static double
multiset_f1 (const GArray *prediction, const GArray *answer, gsize size)
{
  g_autofree guint32 *count = g_new0 (guint32, MAX (size, 1));
  gsize common = 0;
  for (guint i = 0; i < answer->len; i++)
    count[g_array_index (answer, guint32, i)]++;
  for (guint i = 0; i < prediction->len; i++) {
    guint32 *left = &count[g_array_index (prediction, guint32, i)];
    common += *left > 0;
    *left -= *left > 0;
  }
  if (common == 0)
    return 0;
  double precision = (double)common / prediction->len, recall = (double)common / answer->len;
  return 2 * precision * recall / (precision + recall);
}

/* -- English -- */

static gboolean
is_article (const gunichar *run, gsize count)
{
  static const char *const articles[] = { "a", "an", "the" };
  for (gsize a = 0; a < G_N_ELEMENTS (articles); a++) {
    gsize k = 0;
    while (k < count && articles[a][k] != '\0' && run[k] == (gunichar)(guchar)articles[a][k])
      k++;
    if (k == count && articles[a][k] == '\0')
      return TRUE;
  }
  return FALSE;
}

static void
end_word (ScopeLexicon *lexicon, GArray *words)
{
  if (lexicon->word->len > 0)
    scope_lexicon_take (lexicon, words);
}

/* A word is cut at white space and at articles; an article is a whole run of letters and digits,
 * which may stand beside other signs: "l\u2019a" is "l\u2019". */
static GArray *
words_of_english (ScopeLexicon *lexicon, const char *text)
{
  GArray *words = scope_words_new ();
  gsize length, count = 0;
  g_autofree gunichar *all = scope_python_lower (text, &length);
  for (gsize i = 0; i < length; i++)
    if (!scope_is_ascii_punctuation (all[i]))
      all[count++] = all[i];
  for (gsize begin = 0, end; begin < count; begin = end) {
    end = begin + 1;
    while (end < count && scope_python_is_word (all[begin]) && scope_python_is_word (all[end]))
      end++;
    if (scope_python_is_space (all[begin]) || is_article (all + begin, end - begin)) {
      end_word (lexicon, words);
      continue;
    }
    for (gsize i = begin; i < end; i++)
      g_string_append_unichar (lexicon->word, all[i]);
  }
  end_word (lexicon, words);
  return words;
}

double
scope_longbench_qa_f1 (const char *prediction, const char *answer)
{
  g_auto (ScopeLexicon) lexicon;
  scope_lexicon_init (&lexicon);
  g_autoptr (GArray) said = words_of_english (&lexicon, prediction);
  g_autoptr (GArray) meant = words_of_english (&lexicon, answer);
  return multiset_f1 (said, meant, scope_lexicon_size (&lexicon));
}

/* -- Chinese -- */

typedef struct {
  ScopeLexicon *lexicon;
  GArray *words;
} Words;

static void
take_chinese (const gunichar *word, gsize count, gpointer data)
{
  Words *self = data;
  g_autofree char *text = g_ucs4_to_utf8 (word, (glong)count, NULL, NULL, NULL);
  gsize length;
  g_autofree gunichar *lower = scope_python_lower (text, &length);
  for (gsize i = 0; i < length; i++)
    if (!scope_is_ascii_punctuation (lower[i]) && !scope_is_chinese_punctuation (lower[i])
        && !scope_python_is_space (lower[i]))
      g_string_append_unichar (self->lexicon->word, lower[i]);
  end_word (self->lexicon, self->words);
}

static GArray *
words_of_chinese (ScopeLexicon *lexicon, const char *text)
{
  Words words = { lexicon, scope_words_new () };
  scope_words_of_chinese (text, take_chinese, &words);
  return words.words;
}

double
scope_longbench_qa_f1_zh_chars (const char *prediction, const char *answer)
{
  g_auto (ScopeLexicon) lexicon;
  scope_lexicon_init (&lexicon);
  g_autoptr (GArray) said = words_of_chinese (&lexicon, prediction);
  g_autoptr (GArray) meant = words_of_chinese (&lexicon, answer);
  return multiset_f1 (said, meant, scope_lexicon_size (&lexicon));
}

/* -- classes -- */

static gboolean
is_among (const GPtrArray *matches, const char *name, guint *at)
{
  for (guint m = 0; m < matches->len; m++)
    if (strcmp (g_ptr_array_index (matches, m), name) == 0) {
      *at = m;
      return TRUE;
    }
  return FALSE;
}

double
scope_longbench_classification (const char *prediction, const char *answer,
                                const char *const *classes)
{
  g_autoptr (GPtrArray) matches = g_ptr_array_new ();
  guint at;
  for (gsize c = 0; classes[c] != NULL; c++)
    if (strstr (prediction, classes[c]) != NULL)
      g_ptr_array_add (matches, (gpointer)classes[c]);
  /* The list gets shorter under the loop: what moves up into the gap is passed over. */
  for (guint m = 0; m < matches->len; m++) {
    const char *match = g_ptr_array_index (matches, m);
    if (strstr (answer, match) != NULL && strcmp (match, answer) != 0
        && is_among (matches, match, &at))
      g_ptr_array_remove_index (matches, at);
  }
  return is_among (matches, answer, &at) ? 1.0 / matches->len : 0;
}

/* -- numbers -- */

/* The first run of digits from TEXT on: *LENGTH bytes, or NULL. */
static const char *
find_number (const char *text, gsize *length)
{
  while (*text != '\0' && !scope_python_is_digit (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  const char *end = text;
  while (*end != '\0' && scope_python_is_digit (g_utf8_get_char (end)))
    end = g_utf8_next_char (end);
  *length = (gsize)(end - text);
  return *length > 0 ? text : NULL;
}

double
scope_longbench_count (const char *prediction, const char *answer)
{
  gsize right = 0, numbers = 0, length, expected = strlen (answer);
  for (const char *at = prediction; (at = find_number (at, &length)) != NULL; at += length) {
    right += length == expected && memcmp (at, answer, length) == 0;
    numbers++;
  }
  return numbers > 0 ? (double)right / (double)numbers : 0;
}

char *
scope_longbench_paragraph (const char *answer, gboolean chinese)
{
  const char *mark = chinese ? "\u6bb5\u843d" : "Paragraph ";
  for (const char *at = answer; (at = strstr (at, mark)) != NULL;) {
    at += strlen (mark);
    gsize length;
    const char *number = find_number (at, &length);
    if (number == at)
      return g_strndup (number, length);
  }
  return NULL;
}

static double
retrieval (const char *prediction, const char *answer, gboolean chinese)
{
  g_autofree char *paragraph = scope_longbench_paragraph (answer, chinese);
  return paragraph != NULL ? scope_longbench_count (prediction, paragraph) : 0;
}

double
scope_longbench_retrieval (const char *prediction, const char *answer)
{
  return retrieval (prediction, answer, FALSE);
}

double
scope_longbench_retrieval_zh (const char *prediction, const char *answer)
{
  return retrieval (prediction, answer, TRUE);
}
