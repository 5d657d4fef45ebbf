/* ScopeExportSettings: everything about a preview's figure that is not its panels: size,
 * lettering, colours, words, and the files that are written. Each change is a step of the
 * preview's undo. Main thread. */
#pragma once

#include <adwaita.h>

#include "session/preview.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_EXPORT_SETTINGS (scope_export_settings_get_type ())
G_DECLARE_FINAL_TYPE (ScopeExportSettings, scope_export_settings, SCOPE, EXPORT_SETTINGS, AdwBin)

void scope_export_settings_set_preview (ScopeExportSettings *self,
                                        ScopePreview *preview); /* once */
/* On top of the page: what the figure shows. */
void scope_export_settings_prepend (ScopeExportSettings *self, GtkWidget *group);
/* Whether all of its groups are shown: they come one by one. */
gboolean scope_export_settings_is_whole (ScopeExportSettings *self);
/* What is to be written beside PATH. */
ScopePreviewFiles scope_export_settings_files (ScopeExportSettings *self, const char *path);

G_END_DECLS
