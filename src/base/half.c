#include "base/half.h"

typedef union {
  guint32 u;
  float f;
} Bits;

/* Moving the 15 magnitude bits to a float's place leaves the exponent 127 - 15 too small, which one
 * exact multiplication by 2^112 repairs, for subnormals too. Free of branches, so that loops over
 * weights vectorise. */
float
scope_half_to_float (guint16 bits)
{
  guint32 magnitude = (guint32)(bits & 0x7fff) << 13;
  guint32 sign = (guint32)(bits & 0x8000) << 16;
  Bits finite = { magnitude };
  finite.f *= 0x1p112f;
  Bits special = { magnitude | 0x7f800000 };
  Bits result = { sign | ((bits & 0x7c00) == 0x7c00 ? special.u : finite.u) };
  return result.f;
}

guint16
scope_half_from_float (float value)
{
  Bits v = { .f = value };
  guint16 sign = (guint16)(v.u >> 16 & 0x8000);
  guint32 magnitude = v.u & 0x7fffffff;
  if (magnitude > 0x7f800000) /* NaN: quiet, with the payload's top bits */
    return (guint16)(sign | 0x7e00 | (magnitude >> 13 & 0x1ff));
  if (magnitude >= 0x477ff000) /* 65520, half way past the largest half, rounds to infinity */
    return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    /* Below 2^-14 halves are multiples of 2^-24. Adding 1/2, whose own last bit is 2^-24, makes the
     * hardware round to nearest even there. */
    Bits shifted = { magnitude };
    shifted.f += 0.5f;
    return (guint16)(sign | (shifted.u - 0x3f000000));
  }
  guint32 odd = magnitude >> 13 & 1;
  return (guint16)(sign | ((magnitude - 0x38000000 + 0xfff + odd) >> 13));
}

guint16
scope_bfloat_from_float (float value)
{
  Bits v = { .f = value };
  if ((v.u & 0x7fffffff) > 0x7f800000)
    return (guint16)(v.u >> 16 | 0x40);
  return (guint16)((v.u + 0x7fff + (v.u >> 16 & 1)) >> 16);
}
