/* The answer strip: what the model says next, and how well it foretold the end of the text. */
#pragma once

#include "session/stage.h"

G_BEGIN_DECLS

/* On the engine's thread. Kept in RUN: asking again costs nothing. The view is reference counted
 * and immutable; any thread. */
ScopeAnswerView *scope_answer_new (ScopeStage *stage, ScopeRun *run, ScopeProgress *progress,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_answer_unref (ScopeAnswerView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeAnswerView, scope_answer_unref)

G_END_DECLS
