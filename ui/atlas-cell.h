/* ScopeAtlasCell: one channel in the atlas: its picture, its name, its class and what the order
 * goes by. Drawn by itself: a hundred of them are in sight, and scroll at sixty frames a second.
 * Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/atlas.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_ATLAS_CELL (scope_atlas_cell_get_type ())
G_DECLARE_FINAL_TYPE (ScopeAtlasCell, scope_atlas_cell, SCOPE, ATLAS_CELL, GtkWidget)

GtkWidget *scope_atlas_cell_new (ScopeAtlas *atlas,
                                 ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;
/* G_MAXUINT, as at first: it shows nothing. */
void scope_atlas_cell_set_index (ScopeAtlasCell *self, guint index);
guint scope_atlas_cell_get_index (ScopeAtlasCell *self);
/* Of the picture's side, in pixels. */
void scope_atlas_cell_set_size (ScopeAtlasCell *self, int size);
/* "Layer 3, channel 17, global, ln decay −3.2": its tooltip and what screen readers say. NULL: it
 * shows nothing. */
const char *scope_atlas_cell_get_words (ScopeAtlasCell *self);
/* Takes what the atlas knows by now; draws again if that is something else. */
void scope_atlas_cell_refresh (ScopeAtlasCell *self);
/* "−3.217", "812", "31 %": a value of the order as it is shown. Caller frees. */
char *scope_atlas_format_value (ScopeAtlasSort sort, double value) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
