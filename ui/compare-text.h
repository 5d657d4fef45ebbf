/* ScopeCompareText: the text before the crosshair's row, each token coloured by how much more
 * (or less) side B's row reads it than A's; what a filter dropped is struck through. A click on
 * a token selects its column. In a GtkScrolledWindow. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/compare.h"
#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_COMPARE_TEXT (scope_compare_text_get_type ())
G_DECLARE_FINAL_TYPE (ScopeCompareText, scope_compare_text, SCOPE, COMPARE_TEXT, GtkWidget)

/* Once. */
void scope_compare_text_set_compare (ScopeCompareText *self, ScopeSession *session,
                                     ScopeCompare *compare);

G_END_DECLS
