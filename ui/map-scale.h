/* What a map's colours mean: norm, range and palette, and how common each value is. Plain numbers;
 * main thread.
 *
 * AXIS spans all that was seen of a model and a text, and only ever widens, so that channels and
 * the filter's two states can be compared; NORM is the part of it that is spread over the palette:
 * the same until somebody sets a range.
 */
#pragma once

#include "export/norm.h"
#include "export/palette.h"

G_BEGIN_DECLS

#define SCOPE_MAP_BINS 64

typedef struct {
  ScopePalette palette;
  double seen;       /* the largest |value| */
  gboolean negative; /* some value below 0 was seen */
  double low, high;  /* of the user's range; NaN: the axis's own */
  ScopeNorm axis, norm;
  float bins[SCOPE_MAP_BINS]; /* share of the visible values along the axis, the largest is 1 */
} ScopeMapScale;

void scope_map_scale_init (ScopeMapScale *self);
/* Something else is on screen: what was seen before counts no more. The kinds stay. */
void scope_map_scale_forget (ScopeMapScale *self);
/* All four are TRUE if NORM is another now. */
gboolean scope_map_scale_see (ScopeMapScale *self, double most);
gboolean scope_map_scale_set_kind (ScopeMapScale *self, ScopeNormKind kind);
/* NaN, NaN: the axis's own. Refused (FALSE) unless LOW < HIGH and the norm can be of them. */
gboolean scope_map_scale_set_range (ScopeMapScale *self, double low, double high);
/* A sample of the values in sight: for the bins, and the quantiles of the rank norm. */
gboolean scope_map_scale_sample (ScopeMapScale *self, float *values, gsize count);

G_END_DECLS
