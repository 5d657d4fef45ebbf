/* The numbers of a stored tensor. The mapping gives no alignment, so every element is copied out;
 * compilers turn the copies into unaligned loads. */
#include <math.h>
#include <string.h>

#include "base/half.h"
#include "base/parallel.h"
#include "model/weight.h"

static const struct {
  const char *name;
  gsize size;
} types[] = { { "F32", 4 }, { "F16", 2 }, { "BF16", 2 }, { "F64", 8 } };

const char *
scope_dtype_name (ScopeDtype dtype)
{
  return types[dtype].name;
}

gsize
scope_dtype_size (ScopeDtype dtype)
{
  return types[dtype].size;
}

#define DEFINE_CONVERT(suffix, to, from, expression)                                               \
  static void convert_##suffix (const guint8 *data, gsize count, to *out)                          \
  {                                                                                                \
    for (gsize i = 0; i < count; i++) {                                                            \
      from v;                                                                                      \
      memcpy (&v, data + i * sizeof v, sizeof v);                                                  \
      out[i] = (to)(expression);                                                                   \
    }                                                                                              \
  }

DEFINE_CONVERT (half_f32, float, guint16, scope_half_to_float (v))
DEFINE_CONVERT (half_f64, double, guint16, scope_half_to_float (v))
DEFINE_CONVERT (bfloat_f32, float, guint16, scope_bfloat_to_float (v))
DEFINE_CONVERT (bfloat_f64, double, guint16, scope_bfloat_to_float (v))
DEFINE_CONVERT (float_f64, double, float, v)
DEFINE_CONVERT (double_f32, float, double, v)

static const guint8 *
element (const ScopeWeight *weight, gsize offset)
{
  return (const guint8 *)weight->data + offset * scope_dtype_size (weight->dtype);
}

void
scope_weight_to_f32 (const ScopeWeight *weight, gsize offset, gsize count, float *out)
{
  g_return_if_fail (offset <= weight->count && count <= weight->count - offset);
  const guint8 *data = element (weight, offset);
  switch (weight->dtype) {
  case SCOPE_DTYPE_F16:
    convert_half_f32 (data, count, out);
    break;
  case SCOPE_DTYPE_BF16:
    convert_bfloat_f32 (data, count, out);
    break;
  case SCOPE_DTYPE_F64:
    convert_double_f32 (data, count, out);
    break;
  default:
    memcpy (out, data, count * sizeof *out);
  }
}

void
scope_weight_to_f64 (const ScopeWeight *weight, gsize offset, gsize count, double *out)
{
  g_return_if_fail (offset <= weight->count && count <= weight->count - offset);
  const guint8 *data = element (weight, offset);
  switch (weight->dtype) {
  case SCOPE_DTYPE_F16:
    convert_half_f64 (data, count, out);
    break;
  case SCOPE_DTYPE_BF16:
    convert_bfloat_f64 (data, count, out);
    break;
  case SCOPE_DTYPE_F32:
    convert_float_f64 (data, count, out);
    break;
  default:
    memcpy (out, data, count * sizeof *out);
  }
}

/* A number is NaN or infinite if all the bits of its exponent are set. */
#define DEFINE_NONFINITE(suffix, bits, exponent)                                                   \
  static gboolean nonfinite_##suffix (const guint8 *data, gsize count)                             \
  {                                                                                                \
    bits found = 0;                                                                                \
    for (gsize i = 0; i < count; i++) {                                                            \
      bits v;                                                                                      \
      memcpy (&v, data + i * sizeof v, sizeof v);                                                  \
      found |= (v & (exponent)) == (exponent);                                                     \
    }                                                                                              \
    return found != 0;                                                                             \
  }

DEFINE_NONFINITE (f16, guint16, 0x7c00)
DEFINE_NONFINITE (bf16, guint16, 0x7f80)
DEFINE_NONFINITE (f32, guint32, 0x7f800000u)
DEFINE_NONFINITE (f64, guint64, G_GUINT64_CONSTANT (0x7ff0000000000000))

static gboolean
holds_nonfinite (const ScopeWeight *weight, gsize begin, gsize end)
{
  const guint8 *data = element (weight, begin);
  switch (weight->dtype) {
  case SCOPE_DTYPE_F16:
    return nonfinite_f16 (data, end - begin);
  case SCOPE_DTYPE_BF16:
    return nonfinite_bf16 (data, end - begin);
  case SCOPE_DTYPE_F64:
    return nonfinite_f64 (data, end - begin);
  default:
    return nonfinite_f32 (data, end - begin);
  }
}

typedef struct {
  const ScopeWeight *weight;
  gsize first; /* atomic: the least bad element found so far */
} Search;

static void
note (Search *search, gsize index)
{
  gsize first = __atomic_load_n (&search->first, __ATOMIC_RELAXED);
  while (index < first
         && !__atomic_compare_exchange_n (&search->first, &first, index, FALSE, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED))
    continue;
}

static void
search_piece (gsize begin, gsize end, guint worker, gpointer data)
{
  Search *search = data;
  if (!holds_nonfinite (search->weight, begin, end))
    return;
  while (!holds_nonfinite (search->weight, begin, begin + 1))
    begin++;
  note (search, begin);
}

gsize
scope_weight_find_nonfinite (const ScopeWeight *weight)
{
  Search search = { weight, weight->count };
  scope_parallel_for (weight->count, 1 << 17, search_piece, &search);
  return search.first;
}
