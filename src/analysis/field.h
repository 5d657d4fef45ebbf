/* Receptive fields (LongMamba figure 1): the field of row i starts at the first column j0 with
 * |α[i,j0]| > epsilon and has length i - j0 + 1, or 0 if no column exceeds it. On the schedule's
 * thread. */
#pragma once

#include "analysis/attention.h"

G_BEGIN_DECLS

#define SCOPE_FIELD_EPSILON 1e-3

/* For each of ROWS (COUNT of them) and each channel of [channel_begin, channel_end): out[r *
 * channels + h] = j0 or -1. */
gboolean scope_field_starts (ScopeLayerTrace *layer, const gsize *rows, gsize count,
                             gsize channel_begin, gsize channel_end, double epsilon, gint32 *out,
                             ScopeProgress *progress, GError **error);

/* The same of the one map that SPEC names, out[r] for ROWS[r]: by α for every kind but softmax,
 * whose field is of its own values. */
gboolean scope_field_map_starts (ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                                 const gsize *rows, gsize count, double epsilon, gint32 *out,
                                 ScopeProgress *progress, GError **error);

/* i - j0 + 1, or 0 for j0 = -1. */
static inline gsize
scope_field_length (gsize row, gint32 start)
{
  return start < 0 ? 0 : row - (gsize) start + 1;
}

G_END_DECLS
