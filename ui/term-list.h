/* ScopeTermList: the terms of a cell, one row a state, in columns that sort. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "analysis/attention.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_TERM_LIST (scope_term_list_get_type ())
G_DECLARE_FINAL_TYPE (ScopeTermList, scope_term_list, SCOPE, TERM_LIST, GtkWidget)

/* Copies what it shows. NULL: nothing, and nothing is held for it. */
void scope_term_list_set_cell (ScopeTermList *self, const ScopeCell *cell);

G_END_DECLS
