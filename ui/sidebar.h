/* ScopeSidebar: the layers of the model and the channels of the selected layer. What is selected
 * lives in the session; this widget shows it and sets it. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_SIDEBAR (scope_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSidebar, scope_sidebar, SCOPE, SIDEBAR, GtkWidget)

/* Once. */
void scope_sidebar_set_session (ScopeSidebar *self, ScopeSession *session);

G_END_DECLS
