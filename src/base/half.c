#include "base/half.h"

typedef union {
  guint32 u;
  float f;
} Bits;

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
