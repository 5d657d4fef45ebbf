/* Unicode classes as Hugging Face's tokenizers use them (each by its own version of Unicode, see
 * unicode-tables.h), and text checks that allow NUL, which is a character like any other in a text.
 * Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean scope_unichar_is_space (gunichar c);       /* White_Space */
gboolean scope_unichar_is_number (gunichar c);      /* N */
gboolean scope_unichar_is_word (gunichar c);        /* \w: Alphabetic, M, Nd, Pc, Join_Control */
gboolean scope_unichar_is_punctuation (gunichar c); /* P, and what of ASCII is no letter or digit */
gboolean scope_unichar_is_mark (gunichar c);        /* M, as accents are stripped */

/* TRUE if no normal form changes C, moves it or joins it to a neighbour. */
gboolean scope_unichar_stands_alone (gunichar c);

/* A character of C's category and length in UTF-8 that every version of PCRE2 knows: C, mostly. */
gunichar scope_unichar_settle (gunichar c);

/* The lower case of C: the number of characters in OUT. */
guint scope_unichar_lower (gunichar c, gunichar out[2]);

/* TRUE if LENGTH bytes are UTF-8; else *BAD is the offset of the first byte that is not. */
gboolean scope_utf8_check (const char *text, gsize length, gsize *bad);

G_END_DECLS
