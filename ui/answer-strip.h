/* ScopeAnswerStrip: how the model goes on after the text, as trained and under LongMamba, one
 * below the other: flipping the switch changes which line is bright, and the answers stay side
 * by side. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_ANSWER_STRIP (scope_answer_strip_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAnswerStrip, scope_answer_strip, SCOPE, ANSWER_STRIP, GtkWidget)

/* Once. */
void scope_answer_strip_set_session (ScopeAnswerStrip *self, ScopeSession *session);

/* 0: all of it; then without the end of the text, where the answer stands in it, and the
 * perplexity.
 */
void scope_answer_strip_set_compact (ScopeAnswerStrip *self, guint level);

G_END_DECLS
