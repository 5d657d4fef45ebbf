#include <string.h>

#include "analysis/longbench/words-private.h"
#include "model/unicode.h"

void
scope_lexicon_init (ScopeLexicon *self)
{
  self->numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->word = g_string_new (NULL);
}

void
scope_lexicon_clear (ScopeLexicon *self)
{
  g_hash_table_unref (self->numbers);
  g_string_free (self->word, TRUE);
}

gsize
scope_lexicon_size (const ScopeLexicon *self)
{
  return g_hash_table_size (self->numbers);
}

void
scope_lexicon_take (ScopeLexicon *self, GArray *words)
{
  guint32 number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, self->word->str));
  if (number == 0) {
    number = g_hash_table_size (self->numbers) + 1;
    g_hash_table_insert (self->numbers, g_strdup (self->word->str), GUINT_TO_POINTER (number));
  }
  number--;
  g_array_append_val (words, number);
  g_string_truncate (self->word, 0);
}

GArray *
scope_words_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (guint32));
}

gboolean
scope_python_is_space (gunichar c)
{
  /* Python adds the four separators of ASCII, which are white space by direction alone. */
  return scope_unichar_is_space (c) || (c >= 0x1C && c <= 0x1F);
}

gboolean
scope_python_is_digit (gunichar c)
{
  return g_unichar_type (c) == G_UNICODE_DECIMAL_NUMBER;
}

gboolean
scope_python_is_word (gunichar c)
{
  return c == '_' || g_unichar_isalpha (c) || scope_unichar_is_number (c);
}

/* -- lower case -- */

static gboolean
is_cased (gunichar c)
{
  return g_unichar_isupper (c) || g_unichar_islower (c) || g_unichar_istitle (c);
}

/* What may stand between a sigma and the letter that decides about it. */
static gboolean
is_case_ignorable (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_NON_SPACING_MARK:
  case G_UNICODE_ENCLOSING_MARK:
  case G_UNICODE_FORMAT:
  case G_UNICODE_MODIFIER_LETTER:
  case G_UNICODE_MODIFIER_SYMBOL:
    return TRUE;
  default:
    return c == '\'' || c == '.' || c == ':' || c == 0xB7 || c == 0x2019;
  }
}

/* Whether the capital sigma at AT ends a word: cased letters before it, none after. */
static gboolean
is_final (const gunichar *text, gsize count, gsize at)
{
  gsize before = at, after = at + 1;
  while (before > 0 && is_case_ignorable (text[before - 1]))
    before--;
  if (before == 0 || !is_cased (text[before - 1]))
    return FALSE;
  while (after < count && is_case_ignorable (text[after]))
    after++;
  return after == count || !is_cased (text[after]);
}

gunichar *
scope_python_lower (const char *text, gsize *count)
{
  glong length;
  g_autofree gunichar *upper = g_utf8_to_ucs4_fast (text, -1, &length);
  gunichar *lower = g_new (gunichar, 2 * (gsize)length + 1);
  gsize n = 0;
  for (gsize i = 0; i < (gsize)length; i++) {
    if (upper[i] == 0x3A3)
      lower[n++] = is_final (upper, (gsize)length, i) ? 0x3C2 : 0x3C3;
    else
      n += scope_unichar_lower (upper[i], lower + n);
  }
  lower[n] = 0;
  *count = n;
  return lower;
}

/* -- Chinese -- */

static gboolean
is_ascii_alnum (gunichar c)
{
  return c < 128 && g_ascii_isalnum ((char)c);
}

void
scope_words_of_chinese (const char *text, ScopeWordFunc func, gpointer data)
{
  glong length;
  g_autofree gunichar *all = g_utf8_to_ucs4_fast (text, -1, &length);
  for (gsize begin = 0, end; begin < (gsize)length; begin = end) {
    end = begin + 1;
    while (end < (gsize)length && is_ascii_alnum (all[begin]) && is_ascii_alnum (all[end]))
      end++;
    func (all + begin, end - begin, data);
  }
}

gboolean
scope_is_ascii_punctuation (gunichar c)
{
  return c < 128 && g_ascii_ispunct ((char)c);
}

gboolean
scope_is_chinese_punctuation (gunichar c)
{
  /* First and last of each run. LongBench's list has gaps (U+3008 to U+300A, U+FF0E), and so has
   * this one. */
  static const gunichar runs[][2] = {
    { 0x2013, 0x2014 }, { 0x2018, 0x2019 }, { 0x201B, 0x201F }, { 0x2026, 0x2027 },
    { 0x3001, 0x3003 }, { 0x300B, 0x3011 }, { 0x3014, 0x301F }, { 0x3030, 0x3030 },
    { 0x303E, 0x303F }, { 0xFE4F, 0xFE4F }, { 0xFF01, 0xFF0D }, { 0xFF0F, 0xFF0F },
    { 0xFF1A, 0xFF20 }, { 0xFF3B, 0xFF40 }, { 0xFF5B, 0xFF64 },
  };
  for (gsize r = 0; r < G_N_ELEMENTS (runs); r++)
    if (c >= runs[r][0] && c <= runs[r][1])
      return TRUE;
  return FALSE;
}
