/* ScopeStartPage: what a first start shows: the samples as cards, and the way to one's own model.
 *
 * The cards activate "win.open-sample" with the sample's index. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_START_PAGE (scope_start_page_get_type ())
G_DECLARE_FINAL_TYPE (ScopeStartPage, scope_start_page, SCOPE, START_PAGE, GtkWidget)

void scope_start_page_focus_first (ScopeStartPage *self);

G_END_DECLS
