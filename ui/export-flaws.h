/* ScopeExportFlaws: what the preflight finds in a preview's figure, each with the button that
 * mends it. Main thread. */
#pragma once

#include <adwaita.h>

#include "session/preview.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_EXPORT_FLAWS (scope_export_flaws_get_type ())
G_DECLARE_FINAL_TYPE (ScopeExportFlaws, scope_export_flaws, SCOPE, EXPORT_FLAWS, AdwBin)

void scope_export_flaws_set_preview (ScopeExportFlaws *self, ScopePreview *preview); /* once */

G_END_DECLS
