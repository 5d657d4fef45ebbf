/* ScopeFirstFit: forms of one thing as its children, the widest first, of which one is on screen:
 * the first whose least width there is room for; the last where there is room for none.
 *
 * The choice follows from the width alone, and nobody is asked to measure or to place again when
 * it changes: that would come while widgets are being placed, after which those around it would
 * count as not placed yet when they are painted (as with AdwSqueezer). A form that goes with the
 * focus leaves it to the next one. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_FIRST_FIT (scope_first_fit_get_type ())
G_DECLARE_FINAL_TYPE (ScopeFirstFit, scope_first_fit, SCOPE, FIRST_FIT, GtkWidget)

G_END_DECLS
