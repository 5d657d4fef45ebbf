/* Half floats: IEEE binary16 and bfloat16, to and from float, exactly (subnormals, infinities and
 * NaN included; float to half rounds to nearest even). Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

float scope_half_to_float (guint16 bits);
guint16 scope_half_from_float (float value);

static inline float
scope_bfloat_to_float (guint16 bits)
{
  union { guint32 u; float f; } v = { (guint32) bits << 16 };
  return v.f;
}

guint16 scope_bfloat_from_float (float value);

G_END_DECLS
