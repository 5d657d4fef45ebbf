/* ScopeTextView: the whole text, coloured by what the model reads in it: the selected row or
 * column of the map, Δ, or surprisal; with search. A click selects a token's row, Shift and a
 * click its column. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_TEXT_VIEW (scope_text_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopeTextView, scope_text_view, SCOPE, TEXT_VIEW, GtkWidget)

/* Once. */
void scope_text_view_set_session (ScopeTextView *self, ScopeSession *session);

G_END_DECLS
