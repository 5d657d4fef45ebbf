/* Half floats: IEEE binary16 and bfloat16, to and from float, exactly (subnormals, infinities and
 * NaN included; float to half rounds to nearest even). Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Moving the 15 magnitude bits to a float's place leaves the exponent 127 - 15 too small, which one
 * exact multiplication by 2^112 repairs, for subnormals too. Free of branches and inline, so that
 * loops over weights vectorise. */
static inline float
scope_half_to_float (guint16 bits)
{
  guint32 magnitude = (guint32) (bits & 0x7fff) << 13;
  guint32 sign = (guint32) (bits & 0x8000) << 16;
  union { guint32 u; float f; } finite = { magnitude };
  finite.f *= 0x1p112f;
  guint32 special = magnitude | 0x7f800000;
  finite.u = sign | ((bits & 0x7c00) == 0x7c00 ? special : finite.u);
  return finite.f;
}

guint16 scope_half_from_float (float value);

static inline float
scope_bfloat_to_float (guint16 bits)
{
  union { guint32 u; float f; } v = { (guint32) bits << 16 };
  return v.f;
}

guint16 scope_bfloat_from_float (float value);

G_END_DECLS
