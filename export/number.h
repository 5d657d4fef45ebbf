/* How numbers are written, in figures and on the screen alike. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Groups the digits of TEXT from BEGIN up to a point or the end by thousands, where they are five or
 * more: with a narrow space that breaks no line (U+202F), as the SI brochure asks, which leaves four
 * together. A comma would part lengths in a list from one another. */
void scope_group_thousands (GString *text, gsize begin);
/* TEXT without these spaces, for numbers that were copied from the screen. Caller frees. */
char *scope_ungroup_thousands (const char *text) G_GNUC_WARN_UNUSED_RESULT;
/* VALUE with DIGITS significant ones, zeros at the end among them, so that numbers below one another
 * are as exact as they look; a true minus; no exponent: "−12.10", "0.4060", "369.7". Caller frees. */
char *scope_write_significant (double value, int digits) G_GNUC_WARN_UNUSED_RESULT;
/* TEXT as the screen has numbers: "1e-05" is "10⁻⁵", "2.5e-05" "2.5×10⁻⁵", "-3" "−3"; what is no
 * number is itself. And back. Caller frees. */
char *scope_show_number (const char *text) G_GNUC_WARN_UNUSED_RESULT;
char *scope_read_number (const char *text) G_GNUC_WARN_UNUSED_RESULT;
/* "⁻¹²" */
void scope_append_superscript (GString *text, int value);

G_END_DECLS
