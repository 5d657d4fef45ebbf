/* ScopeComposerPanels: the panels of a preview's figure as a list, to be arranged in a grid:
 * moved by dragging, by Alt+Up and Alt+Down or from the menu of a row, named, removed (Delete).
 * Main thread. */
#pragma once

#include <adwaita.h>

#include "session/preview.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_COMPOSER_PANELS (scope_composer_panels_get_type ())
G_DECLARE_FINAL_TYPE (ScopeComposerPanels, scope_composer_panels, SCOPE, COMPOSER_PANELS, AdwBin)

GtkWidget *scope_composer_panels_new (ScopePreview *preview) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
