/* Unicode classes as the regular expressions of tokenizers use them, and text checks that allow
 * NUL, which is a character like any other in a text. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean scope_unichar_is_space (gunichar c);  /* \s: White_Space */
gboolean scope_unichar_is_letter (gunichar c); /* \p{L} */
gboolean scope_unichar_is_number (gunichar c); /* \p{N} */
gboolean scope_unichar_is_word (gunichar c);   /* \w: Alphabetic, M, Nd, Pc, Join_Control */

/* TRUE if LENGTH bytes are UTF-8; else *BAD is the offset of the first byte that is not. */
gboolean scope_utf8_check (const char *text, gsize length, gsize *bad);

G_END_DECLS
