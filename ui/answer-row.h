/* ScopeAnswerRow: one of the two lines of the answer strip: how the model goes on after the text
 * with the filter off, or with it on. It keeps the last answer it was given, so that both can be
 * compared. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_ANSWER_ROW (scope_answer_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAnswerRow, scope_answer_row, SCOPE, ANSWER_ROW, GtkWidget)

/* The row of the state that is on now is bright, the other one dimmed. */
void scope_answer_row_set_active (ScopeAnswerRow *self, gboolean active);
/* What stands in place of an answer; forgets the one that was there. */
/* What its answers are with: "LongMamba". */
void scope_answer_row_set_title (ScopeAnswerRow *self, const char *title);
void scope_answer_row_set_unknown (ScopeAnswerRow *self, const char *why);
/* ANSWER is copied. TOKENS is the text that was continued. */
void scope_answer_row_set_answer (ScopeAnswerRow *self, const ScopeAnswerView *answer,
                                  ScopeTokens *tokens, ScopeModel *model);
gboolean scope_answer_row_get_known (ScopeAnswerRow *self);

/* What lines up between the two rows. */
GtkWidget *scope_answer_row_get_title (ScopeAnswerRow *self);
GtkWidget *scope_answer_row_get_prompt (ScopeAnswerRow *self);
GtkWidget *scope_answer_row_get_answer (ScopeAnswerRow *self);
GtkWidget *scope_answer_row_get_perplexity (ScopeAnswerRow *self);

/* As scope_answer_strip_set_compact(). */
void scope_answer_row_set_compact (ScopeAnswerRow *self, guint level);

G_END_DECLS
