/* Where a map's values go: reals, or 8-bit levels (ScopeShade in compute/backend.h). Pure
 * functions, any thread. */
#pragma once

#include <math.h>

#include "compute/cpu/real.h"

static inline double
shade_symlog (double size)
{
  return size <= 1 ? size : 1 + log10 (size);
}

/* A NaN is level 0. */
static inline uint8_t
shade_level (const ScopeShade *shade, double value)
{
  double place;
  switch (shade->kind) {
  case SCOPE_SHADE_LINEAR:
    place = (value - shade->low) / (shade->high - shade->low);
    break;
  case SCOPE_SHADE_LOG:
    place = log (fabs (value) / shade->low) / log (shade->high / shade->low);
    break;
  default:
    place = shade_symlog (fabs (value) / shade->low) / shade_symlog (shade->high / shade->low);
    place = (1 + copysign (place, value)) / 2;
  }
  if (!(place > 0))
    return 0;
  return (uint8_t)(255 * fmin (place, 1) + 0.5);
}

/* COUNT values from (ROW, COLUMN) of OUT on. */
static inline void
shade_store (const ScopeTensor *out, const ScopeShade *shade, int64_t row, int64_t column,
             const real *values, int64_t count)
{
  if (out->type != SCOPE_TYPE_U8) {
    memcpy (real_row (out, row) + column, values, count * sizeof (real));
    return;
  }
  uint8_t *to = (uint8_t *)out->data + row * out->stride + column;
  for (int64_t k = 0; k < count; k++)
    to[k] = shade_level (shade, values[k]);
}
