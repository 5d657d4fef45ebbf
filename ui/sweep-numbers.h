/* ScopeSweepNumbers: the rows of a sweep as a table, those that are not done yet included. Main
 * thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/sweep.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_SWEEP_NUMBERS (scope_sweep_numbers_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSweepNumbers, scope_sweep_numbers, SCOPE, SWEEP_NUMBERS, GtkWidget)

/* Borrowed until the next call. NULL: none. */
void scope_sweep_numbers_set_table (ScopeSweepNumbers *self, const ScopeSweepTable *table);

G_END_DECLS
