/* Decays in words: they are kept as natural logarithms, and reach far below what a double holds.
 * Main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* exp (LN): "0.0447", "3.2×10⁻⁵⁴", "10⁻⁵"; "–" for NaN. Caller frees. */
char *scope_decay_words (double ln) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
