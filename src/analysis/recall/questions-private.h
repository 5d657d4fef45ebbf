/* The questions that are built in: our own inventions, so that no model can know the answers. */
#pragma once

#include "analysis/questions.h"

G_BEGIN_DECLS

extern const ScopeDocument scope_built_in_documents[];
extern const gsize scope_n_built_in_documents;
extern const ScopeQuestion scope_built_in_questions[];
extern const gsize scope_n_built_in_questions;

G_END_DECLS
