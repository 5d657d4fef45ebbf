/* Lines for mambascope-cli, word by word: private to what makes them. Main thread. */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/* "mambascope-cli WHAT MODEL TEXT". */
GString *scope_command_new (const char *what, const char *model,
                            const char *text) G_GNUC_WARN_UNUSED_RESULT;
void scope_command_number (GString *line, const char *option, gsize value);
void scope_command_range (GString *line, const char *option, gsize begin, gsize end);
/* A map of LENGTH tokens, as much of it as RANGE covers: its cells; of the whole, its blocks, each
 * as REDUCE has it. */
void scope_command_cells (GString *line, const ScopeRange *range, gsize length, ScopeReduce reduce);
void scope_command_filter (GString *line, const char *spec);
/* "attention", one channel of KIND. */
GString *scope_command_attention (const char *model, const char *text, gsize layer, gsize channel,
                                  ScopeMatrixKind kind) G_GNUC_WARN_UNUSED_RESULT;
/* What the numbers depend on beside the options of a subcommand: PLACE is where the session runs.
 * Takes LINE over. */
char *scope_command_finish (GString *line, const char *place,
                            const char *out) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
