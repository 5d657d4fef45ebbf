/* ScopeApplication: the command line, the keys and the windows.
 *
 *   mambascope [MODEL [TEXT]] [--layer I] [--channel D] [--view map|decay] [--filter on|off]
 *              [--dark] [--size WxH] [--screenshot FILE]
 *
 * Main thread. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_APPLICATION (scope_application_get_type ())
G_DECLARE_FINAL_TYPE (ScopeApplication, scope_application, SCOPE, APPLICATION, AdwApplication)

#define SCOPE_APPLICATION_ID "org.mambascope.Mambascope"

ScopeApplication *scope_application_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* The exit status that a screenshot asked for; 0 otherwise. */
int scope_application_get_status (ScopeApplication *self);

G_END_DECLS
