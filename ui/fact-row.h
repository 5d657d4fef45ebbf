/* ScopeFactRow: one fact: what it is, dim, and its value at the other end, in figures that line
 * up. A screen reader hears both as one. Properties: "title", "value" (NULL or "": a dash). Main
 * thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_FACT_ROW (scope_fact_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeFactRow, scope_fact_row, SCOPE, FACT_ROW, GtkWidget)

GtkWidget *scope_fact_row_new (const char *title) G_GNUC_WARN_UNUSED_RESULT;
void scope_fact_row_set_title (ScopeFactRow *self, const char *title);
const char *scope_fact_row_get_value (ScopeFactRow *self);
void scope_fact_row_set_value (ScopeFactRow *self, const char *value);
void scope_fact_row_take_value (ScopeFactRow *self, char *value); /* and frees it */

G_END_DECLS
