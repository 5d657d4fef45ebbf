/* ScopeCompareSideButton: says what one side of a comparison is, and opens a popover to choose
 * its filter, layer, channel, text and model. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/compare.h"
#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_COMPARE_SIDE_BUTTON (scope_compare_side_button_get_type ())
G_DECLARE_FINAL_TYPE (ScopeCompareSideButton, scope_compare_side_button, SCOPE, COMPARE_SIDE_BUTTON,
                      GtkWidget)

/* Once. */
void scope_compare_side_button_set_compare (ScopeCompareSideButton *self, ScopeSession *session,
                                            ScopeCompare *compare, ScopeSide side);

G_END_DECLS
