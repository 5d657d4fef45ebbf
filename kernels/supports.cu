/* The one place where the CUDA module's restrictions are written. */
#include <limits.h>

#include "module.h"

static bool
refuse (char *error, size_t error_size, const char *why)
{
  snprintf (error, error_size, "%s", why);
  return false;
}

static bool
is_float (const ScopeTensor &tensor)
{
  return tensor.data == NULL || tensor.type == SCOPE_TYPE_F32;
}

/* Wide operands are in float32 or BF16, all of an operation's in one of them. */
static bool
same_wide (const ScopeTensor &first, const ScopeTensor &other)
{
  return (first.type == SCOPE_TYPE_F32 || first.type == SCOPE_TYPE_BF16)
         && other.type == first.type;
}

static bool
is_wide (const ScopeTensor &tensor)
{
  return tensor.data == NULL || same_wide (tensor, tensor);
}

static bool
supports_norm (const ScopeOpNorm *op, char *error, size_t error_size)
{
  return (is_wide (op->x) && is_wide (op->gate) && is_wide (op->out))
         || refuse (error, error_size, "norm: float32 or BF16 tensors only");
}

static bool
supports_conv (const ScopeOpConv *op, char *error, size_t error_size)
{
  return (same_wide (op->x, op->out) && is_float (op->state))
         || refuse (error, error_size, "conv: float32 or BF16 tensors of one type only");
}

static bool
supports_scan (const ScopeOpScan *op, char *error, size_t error_size)
{
  bool s6 = op->raw.columns == op->u.columns && op->a.columns == op->state.columns;

  if (!same_wide (op->u, op->b) || !same_wide (op->u, op->c) || !same_wide (op->u, op->y)
      || (op->gate.data != NULL && !same_wide (op->u, op->gate)))
    return refuse (error, error_size, "scan: float32 or BF16 tensors of one type only");
  if (!is_float (op->state) || (op->raw.type != SCOPE_TYPE_F32 && !same_wide (op->u, op->raw)))
    return refuse (error, error_size, "scan: a float32 state, and raw in that or the wide type");
  if (s6 && !is_float (op->raw))
    return refuse (error, error_size, "scan: one rate per state needs raw in float32");
  if (s6 && op->state.columns > 128)
    return refuse (error, error_size, "scan: one rate per state with up to 128 states");
  if (s6 && op->groups != 1)
    return refuse (error, error_size, "scan: one rate per state needs one group");
  if (!s6 && op->a.columns != 1)
    return refuse (error, error_size, "scan: a head has one rate, or a lane has one per state");
  if (!s6 && (op->raw.columns % op->groups != 0 || op->u.columns % op->raw.columns != 0))
    return refuse (error, error_size, "scan: groups must divide heads, and heads the lanes");
  return true;
}

static bool
supports_product (const ScopeOpProduct *op, char *error, size_t error_size)
{
  if (!same_wide (op->x, op->weight)
      || (op->out.type != SCOPE_TYPE_F32 && !same_wide (op->x, op->out)))
    return refuse (error, error_size, "product: float32 or BF16 operands of one type only");
  if (op->accumulate && !is_float (op->out))
    return refuse (error, error_size, "product: sums are added to float32 only");
  if (op->out.rows > INT_MAX || op->out.columns > INT_MAX || op->x.columns > INT_MAX)
    return refuse (error, error_size, "product: a side exceeds 2^31");
  return true;
}

/* A grid's y and z sides end at 65,535. */
static bool
supports_tiles (int64_t rows, char *error, size_t error_size)
{
  return rows <= 65535 || refuse (error, error_size, "map: more than 65,535 output rows at once");
}

/* The warps of a mean and of fields hold so many states. */
static bool
supports_source (const ScopeMapSource *source, char *error, size_t error_size)
{
  if (!is_float (source->delta) || !is_float (source->a) || !is_float (source->b)
      || !is_float (source->c) || source->prefix.type != SCOPE_TYPE_F64)
    return refuse (error, error_size, "map: a float32 source with float64 prefix sums only");
  return source->states <= 256 || refuse (error, error_size, "map: up to 256 states");
}

static bool
supports_levels (const ScopeTensor &out, const ScopeShade &shade, char *error, size_t error_size)
{
  if (out.type == SCOPE_TYPE_U8
      && (!(shade.low < shade.high) || (shade.kind != SCOPE_SHADE_LINEAR && !(shade.low > 0.0))))
    return refuse (error, error_size, "map: a shade from low to high, above 0 if logarithmic");
  return is_float (out) || out.type == SCOPE_TYPE_U8
         || refuse (error, error_size, "map: a float32 or 8-bit result only");
}

static bool
supports_attention (const ScopeOpAttention *op, char *error, size_t error_size)
{
  return supports_source (&op->source, error, error_size)
         && supports_levels (op->out, op->shade, error, error_size)
         && supports_tiles (op->out.rows / 128, error, error_size);
}

static bool
supports_overview (const ScopeOpOverview *op, char *error, size_t error_size)
{
  return supports_source (&op->source, error, error_size)
         && supports_levels (op->out, op->shade, error, error_size)
         && supports_tiles (op->out.rows, error, error_size);
}

static bool
supports_thumbnails (const ScopeOpThumbnails *op, char *error, size_t error_size)
{
  int64_t channels = op->channel_end - op->channel_begin;

  if (channels > 65535)
    return refuse (error, error_size, "thumbnails: more than 65,535 channels at once");
  if (channels > 0 && op->out.rows % channels != 0)
    return refuse (error, error_size, "thumbnails: rows that do not divide by the channels");
  return supports_source (&op->source, error, error_size)
         && supports_levels (op->out, op->shade, error, error_size)
         && supports_tiles (channels > 0 ? op->out.rows / channels : 0, error, error_size);
}

static bool
supports_fields (const ScopeOpFields *op, char *error, size_t error_size)
{
  return supports_source (&op->source, error, error_size);
}

static bool
supports_heads (const ScopeOpHeads *op, char *error, size_t error_size)
{
  if (!same_wide (op->q, op->k) || !same_wide (op->q, op->v) || !same_wide (op->q, op->out)
      || !is_float (op->total))
    return refuse (error, error_size, "heads: float32 or BF16 tensors of one type only");
  if (op->q.columns % op->heads != 0 || op->heads % op->key_heads != 0 || op->heads > 65535)
    return refuse (error, error_size, "heads: up to 65,535, which divide the lanes");
  if (op->begin < 0 || op->begin + op->q.rows > op->k.rows || op->v.rows < op->k.rows)
    return refuse (error, error_size, "heads: more queries than keys");
  /* The sums of a query's lanes are kept in registers. */
  return op->q.columns / op->heads <= 256
         || refuse (error, error_size, "heads: up to 256 lanes in a head");
}

static bool
supports_softmax (const ScopeOpSoftmax *op, char *error, size_t error_size)
{
  if (!same_wide (op->q, op->k) || !is_float (op->total) || op->out.type != SCOPE_TYPE_F32)
    return refuse (error, error_size, "softmax: float32 or BF16 tensors of one type only");
  return supports_tiles (op->out.rows / 64, error, error_size);
}

static bool
supports_rotary (const ScopeOpRotary *op, char *error, size_t error_size)
{
  if (op->x.columns % (2 * op->heads) != 0)
    return refuse (error, error_size, "rotary: heads of an even number of lanes only");
  return same_wide (op->x, op->x)
         || refuse (error, error_size, "rotary: float32 or BF16 tensors only");
}

static bool
supports_glu (const ScopeOpGlu *op, char *error, size_t error_size)
{
  if (op->up.rows != op->gate.rows || op->up.columns != op->gate.columns)
    return refuse (error, error_size, "glu: gate and up differ in shape");
  return (same_wide (op->gate, op->up) && same_wide (op->gate, op->out))
         || refuse (error, error_size, "glu: float32 or BF16 tensors of one type only");
}

bool
scope_cuda_supports (ScopeBackend *self, ScopeOp op, const void *params, char *error,
                     size_t error_size)
{
  switch (op) {
  case SCOPE_OP_EMBED:
    return is_float (((const ScopeOpEmbed *)params)->out)
           || refuse (error, error_size, "embed: a float32 result only");
  case SCOPE_OP_NORM:
    return supports_norm ((const ScopeOpNorm *)params, error, error_size);
  case SCOPE_OP_PRODUCT:
    return supports_product ((const ScopeOpProduct *)params, error, error_size);
  case SCOPE_OP_CONV:
    return supports_conv ((const ScopeOpConv *)params, error, error_size);
  case SCOPE_OP_DELTA:
    return is_float (((const ScopeOpDelta *)params)->out)
           || refuse (error, error_size, "delta: a float32 result only");
  case SCOPE_OP_SCAN:
    return supports_scan ((const ScopeOpScan *)params, error, error_size);
  case SCOPE_OP_DECAY:
    return is_float (((const ScopeOpDecay *)params)->delta)
           || refuse (error, error_size, "decay: float32 tensors only");
  case SCOPE_OP_ATTENTION:
    return supports_attention ((const ScopeOpAttention *)params, error, error_size);
  case SCOPE_OP_OVERVIEW:
    return supports_overview ((const ScopeOpOverview *)params, error, error_size);
  case SCOPE_OP_THUMBNAILS:
    return supports_thumbnails ((const ScopeOpThumbnails *)params, error, error_size);
  case SCOPE_OP_COPY:
    return (is_wide (((const ScopeOpCopy *)params)->x)
            && is_wide (((const ScopeOpCopy *)params)->out))
           || refuse (error, error_size, "copy: float32 or BF16 tensors only");
  case SCOPE_OP_ROTARY:
    return supports_rotary ((const ScopeOpRotary *)params, error, error_size);
  case SCOPE_OP_HEADS:
    return supports_heads ((const ScopeOpHeads *)params, error, error_size);
  case SCOPE_OP_SOFTMAX:
    return supports_softmax ((const ScopeOpSoftmax *)params, error, error_size);
  case SCOPE_OP_GLU:
    return supports_glu ((const ScopeOpGlu *)params, error, error_size);
  case SCOPE_OP_FIELDS:
    return supports_fields ((const ScopeOpFields *)params, error, error_size);
  default:
    snprintf (error, error_size, "operation %d is unknown", (int)op);
    return false;
  }
}
