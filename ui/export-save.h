/* Asks where a figure goes, and before anything is overwritten that the file chooser did not ask
 * about; then has the preview write it. Main thread. */
#pragma once

#include <adwaita.h>

#include "ui/export-settings.h"

G_BEGIN_DECLS

/* DONE once, with the files written (chosen one first; NULL if it failed or was given up) and the
 * error, NULL if nothing failed; not after PARENT is gone. */
typedef void (*ScopeExportSaved) (GStrv files, const GError *error, gpointer data);
/* NAME is suggested, without its ending. */
void scope_export_save (GtkWindow *parent, ScopePreview *preview, ScopeExportSettings *settings,
                        const char *name, ScopeExportSaved done, gpointer data);
/* Those of FILES that are there already, but for SKIP; NULL-terminated, borrowed from FILES. */
GPtrArray *scope_export_clashes (GStrv files, const char *skip) G_GNUC_WARN_UNUSED_RESULT;
/* PATH with the ending of FORMAT, unless it has it. */
char *scope_export_with_ending (const char *path, ScopeFileFormat format) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
