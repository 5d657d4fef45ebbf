/* The receptive-field boundary as a line on a map. Main thread. */
#pragma once

#include <cairo.h>

#include "ui/map-geometry.h"

G_BEGIN_DECLS

/* The field of row ROWS[k] begins at column STARTS[k], or nowhere (-1): there the line is broken.
 * MIRROR: rows across, columns down. */
void scope_field_path (cairo_t *cr, const ScopeMapGeometry *geometry, const gint32 *rows,
                       const gint32 *starts, gsize count, gboolean mirror);
/* In the boundary's colour on a darker ground; dashed for the second of two. */
void scope_field_stroke (cairo_t *cr, gboolean dashed);

G_END_DECLS
