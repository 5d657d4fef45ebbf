/* ScopeFilterField: one parameter of a filter, as its description says: an entry with a slider
 * where it is a number in a range, a choice, a file. Empty is the default. What is wrong with it
 * is said underneath. Signal "edited": the user changed it; typing is waited for. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "analysis/filter.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_FILTER_FIELD (scope_filter_field_get_type ())
G_DECLARE_FINAL_TYPE (ScopeFilterField, scope_filter_field, SCOPE, FILTER_FIELD, GtkWidget)

GtkWidget *scope_filter_field_new (const ScopeFilterParameter *parameter) G_GNUC_WARN_UNUSED_RESULT;
const ScopeFilterParameter *scope_filter_field_get_parameter (ScopeFilterField *self);
/* As a SPEC says it; NULL: the default. */
char *scope_filter_field_get_text (ScopeFilterField *self) G_GNUC_WARN_UNUSED_RESULT;
void scope_filter_field_set_text (ScopeFilterField *self, const char *text);
/* What the default is at the moment, for numbers: "1e-30". */
void scope_filter_field_set_fallback (ScopeFilterField *self, const char *text);
void scope_filter_field_set_error (ScopeFilterField *self, const char *message); /* NULL: none */

G_END_DECLS
