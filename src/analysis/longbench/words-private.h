/* Words as numbers, and characters as Python sees them: what the metrics share. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Numbers words from 0 on in the order in which they come. */
typedef struct {
  GHashTable *numbers; /* word to number + 1 */
  GString *word;       /* being put together */
} ScopeLexicon;

void scope_lexicon_init (ScopeLexicon *self);
void scope_lexicon_clear (ScopeLexicon *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeLexicon, scope_lexicon_clear)
gsize scope_lexicon_size (const ScopeLexicon *self);
/* Appends the number of the word that is in SELF->word to WORDS, and empties it. */
void scope_lexicon_take (ScopeLexicon *self, GArray *words);

GArray *scope_words_new (void) G_GNUC_WARN_UNUSED_RESULT; /* of guint32 */

/* str.isspace(), \w and \d of Python. */
gboolean scope_python_is_space (gunichar c);
gboolean scope_python_is_word (gunichar c);
gboolean scope_python_is_digit (gunichar c);
/* str.lower(): code points, 0 at the end. Caller frees. */
gunichar *scope_python_lower (const char *text, gsize *count) G_GNUC_WARN_UNUSED_RESULT;

/* Calls FUNC on each of LongBench's Chinese words, as code points. */
typedef void (*ScopeWordFunc) (const gunichar *word, gsize count, gpointer data);
void scope_words_of_chinese (const char *text, ScopeWordFunc func, gpointer data);

/* ASCII's punctuation, and that of the fonts of China, Japan and Korea as LongBench lists it. */
gboolean scope_is_ascii_punctuation (gunichar c);
gboolean scope_is_chinese_punctuation (gunichar c);

G_END_DECLS
