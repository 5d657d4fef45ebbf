/* ScopeFilterForm: the filter's method and its parameters, built from the registry's own
 * descriptions. What is valid acts at once; what is not is said under its field and changes
 * nothing. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_FILTER_FORM (scope_filter_form_get_type ())
G_DECLARE_FINAL_TYPE (ScopeFilterForm, scope_filter_form, SCOPE, FILTER_FORM, GtkWidget)

/* Once. */
void scope_filter_form_set_session (ScopeFilterForm *self, ScopeSession *session);

G_END_DECLS
