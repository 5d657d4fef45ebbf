/* ScopeTokenText: a whole tokenised text, coloured by a ScopeReading, in a GtkScrolledWindow. Only
 * what is in sight is laid out; the rest is estimated, and measured while nothing else is to be
 * done.
 *
 * It shows marks and tells of what is pointed at; what that means is its owner's business. Text
 * can be selected by dragging (whole tokens) and copied. Signals: "picked" (guint64 token,
 * gboolean column): a click or a key chose it; "hovered" (guint64 token): the pointer is over
 * another one, G_MAXUINT64 for none; "scrolled": another token comes first on the screen. Main
 * thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/reading.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_TOKEN_TEXT (scope_token_text_get_type ())
G_DECLARE_FINAL_TYPE (ScopeTokenText, scope_token_text, SCOPE, TOKEN_TEXT, GtkWidget)

/* Tokens [begin, end). */
typedef struct {
  gsize begin, end;
} ScopeTokenMatch;

/* NULL: nothing. Keeps a reference. */
void scope_token_text_set_tokens (ScopeTokenText *self, ScopeTokens *tokens);
/* The reading whose newest view colours the tokens; once. Redraw with scope_token_text_recolour().
 */
void scope_token_text_set_reading (ScopeTokenText *self, ScopeReading *reading);
void scope_token_text_recolour (ScopeTokenText *self, ScopePalette palette);
/* G_MAXSIZE: none. The row has a frame, the column a line below it. */
void scope_token_text_set_marks (ScopeTokenText *self, gsize row, gsize column);
/* MATCHES is borrowed until the next call; CURRENT is an index into it. */
void scope_token_text_set_matches (ScopeTokenText *self, const ScopeTokenMatch *matches,
                                   gsize count, gsize current);
/* Scrolls so that TOKEN is in sight, with some room above and below. */
void scope_token_text_reveal (ScopeTokenText *self, gsize token);
/* What a screen reader says of the token that is picked. */
void scope_token_text_say (ScopeTokenText *self, const char *label, const char *line);
/* The tokens of the line on the screen that holds TOKEN. */
void scope_token_text_line (ScopeTokenText *self, gsize token, gsize *first, gsize *last);
gsize scope_token_text_get_first (ScopeTokenText *self); /* the first token in sight */
gsize scope_token_text_get_last (ScopeTokenText *self);
/* Where TOKEN is, in the widget's pixels; FALSE if it is not in sight. */
gboolean scope_token_text_place (ScopeTokenText *self, gsize token, graphene_rect_t *area);
/* The selected text as it was read; NULL: nothing is selected. Caller frees. */
char *scope_token_text_copy (ScopeTokenText *self);

G_END_DECLS
