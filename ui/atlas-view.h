/* ScopeAtlasView: all channels of the layer or of the model as a grid of small maps, to be
 * sorted, filtered and picked from. Property "cell-size" (uint: the side of a picture in
 * pixels). Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/atlas.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_ATLAS_VIEW (scope_atlas_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAtlasView, scope_atlas_view, SCOPE, ATLAS_VIEW, GtkWidget)

/* Once. */
void scope_atlas_view_set_session (ScopeAtlasView *self, ScopeSession *session);
ScopeAtlas *scope_atlas_view_get_atlas (ScopeAtlasView *self); /* borrowed */

G_END_DECLS
