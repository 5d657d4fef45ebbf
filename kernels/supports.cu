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

static bool
supports_scan (const ScopeOpScan *op, char *error, size_t error_size)
{
  bool s6 = op->raw.columns == op->u.columns && op->a.columns == op->state.columns;

  if (!is_float (op->raw) || !is_float (op->u) || !is_float (op->y) || !is_float (op->state))
    return refuse (error, error_size, "scan: float32 tensors only");
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
  if (!is_float (op->x) || !is_float (op->weight) || !is_float (op->out))
    return refuse (error, error_size, "product: float32 tensors only");
  if (op->out.rows > INT_MAX || op->out.columns > INT_MAX || op->x.columns > INT_MAX)
    return refuse (error, error_size, "product: a side exceeds 2^31");
  return true;
}

/* A grid's y side ends at 65,535; rows there come in tiles of 64. */
static bool
supports_tiles (int64_t rows, char *error, size_t error_size)
{
  return rows <= 65535 || refuse (error, error_size, "map: more than 65,535 output rows at once");
}

bool
scope_cuda_supports (ScopeBackend *self, ScopeOp op, const void *params, char *error,
                     size_t error_size)
{
  switch (op) {
  case SCOPE_OP_EMBED:
    return is_float (((const ScopeOpEmbed *)params)->out)
           || refuse (error, error_size, "embed: float32 tensors only");
  case SCOPE_OP_NORM:
    return is_float (((const ScopeOpNorm *)params)->x)
           || refuse (error, error_size, "norm: float32 tensors only");
  case SCOPE_OP_PRODUCT:
    return supports_product ((const ScopeOpProduct *)params, error, error_size);
  case SCOPE_OP_CONV:
    return is_float (((const ScopeOpConv *)params)->x)
           || refuse (error, error_size, "conv: float32 tensors only");
  case SCOPE_OP_DELTA:
    return is_float (((const ScopeOpDelta *)params)->raw)
           || refuse (error, error_size, "delta: float32 tensors only");
  case SCOPE_OP_SCAN:
    return supports_scan ((const ScopeOpScan *)params, error, error_size);
  case SCOPE_OP_DECAY:
    return is_float (((const ScopeOpDecay *)params)->delta)
           || refuse (error, error_size, "decay: float32 tensors only");
  case SCOPE_OP_ATTENTION:
    return supports_tiles (((const ScopeOpAttention *)params)->out.rows / 64, error, error_size);
  case SCOPE_OP_OVERVIEW:
    return supports_tiles (((const ScopeOpOverview *)params)->out.rows, error, error_size);
  case SCOPE_OP_COPY:
    return true;
  case SCOPE_OP_FIELDS:
    return supports_tiles (((const ScopeOpFields *)params)->rows.rows, error, error_size);
  default:
    snprintf (error, error_size, "operation %d is unknown", (int)op);
    return false;
  }
}
