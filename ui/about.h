/* The About window, with what this computer computes on and why not on something faster. Main
 * thread. */
#pragma once

#include <adwaita.h>

#include "session/session.h"

G_BEGIN_DECLS

void scope_about_show (GtkWindow *parent, ScopeSession *session);

G_END_DECLS
