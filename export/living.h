/* Living figures: what a PNG, PDF or SVG that this program wrote says of itself, read back, so that it
 * can be made again. Any thread; no input aborts.
 *
 * The pairs are those of the writers: "recipe" (JSON), "model", "model-hash", "text", "text-hash",
 * "program", "filter", "backend", …, of the first panel; what differs in panel 2 as "panel-2:key".
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* TRUE if PATH ends as a figure does. */
gboolean scope_living_is_figure (const char *path);
/* (char * to char *), "recipe" among them. A file without is SCOPE_EXPORT_ERROR_LIVING. */
GHashTable *scope_living_read (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of LENGTH bytes in memory; NAME is for messages. */
GHashTable *scope_living_parse (const char *data, gsize length, const char *name,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The keywords of a PDF hold pairs as "; mambascope:key=value"; in VALUE, "%" and ";" are written as
 * "%25" and "%3B". Caller frees. */
char *scope_living_escape (const char *value) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
