/* ScopeOutcomeTable: what the network says next, side by side: the likeliest tokens, the
 * perplexity of the last ones, and how far each column is from the first. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/outcome.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_OUTCOME_TABLE (scope_outcome_table_get_type ())
G_DECLARE_FINAL_TYPE (ScopeOutcomeTable, scope_outcome_table, SCOPE, OUTCOME_TABLE, GtkWidget)

#define SCOPE_OUTCOME_COLUMNS 3

/* COUNT columns, at most SCOPE_OUTCOME_COLUMNS; a NULL outcome is one that is not known yet. */
void scope_outcome_table_set (ScopeOutcomeTable *self, const char *const *titles,
                              ScopeOutcome *const *outcomes, guint count);

G_END_DECLS
