/* Every restriction of the CPU backend: types, shapes and ranges. */
#include "compute/cpu/kernels.h"

#include <math.h>

typedef struct {
  const char *op;
  ScopeType real;
  char *error;
  size_t error_size;
} Check;

static const char *const type_names[] = { "f32", "f64", "i32", "bf16", "u8" };

#define REFUSE(check, ...)                                                                         \
  (scope_cpu_fail (0, (check)->error, (check)->error_size, __VA_ARGS__), false)

static bool
has_shape (const Check *check, const char *name, const ScopeTensor *tensor, ScopeType type,
           int64_t rows, int64_t columns)
{
  if (tensor->data == NULL && rows > 0 && columns > 0)
    return REFUSE (check, "%s: %s has no data", check->op, name);
  if (tensor->type != type)
    return REFUSE (check, "%s: %s: expected %s, found %s", check->op, name, type_names[type],
                   tensor->type <= SCOPE_TYPE_U8 ? type_names[tensor->type] : "another type");
  if (tensor->rows != rows || tensor->columns != columns || tensor->stride < columns)
    return REFUSE (check,
                   "%s: %s: expected (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                   "), found (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                   ") with stride %" G_GINT64_FORMAT,
                   check->op, name, rows, columns, tensor->rows, tensor->columns, tensor->stride);
  return true;
}

/* A tensor of the backend's own type. */
static bool
is_real (const Check *check, const char *name, const ScopeTensor *tensor, int64_t rows,
         int64_t columns)
{
  return has_shape (check, name, tensor, check->real, rows, columns);
}

static bool
optional_real (const Check *check, const char *name, const ScopeTensor *tensor, int64_t rows,
               int64_t columns)
{
  return tensor->data == NULL || is_real (check, name, tensor, rows, columns);
}

static bool
optional_double (const Check *check, const char *name, const ScopeTensor *tensor, int64_t rows,
                 int64_t columns)
{
  return tensor->data == NULL || has_shape (check, name, tensor, SCOPE_TYPE_F64, rows, columns);
}

static bool
divides (const Check *check, const char *what, int64_t parts, int64_t whole)
{
  if (parts >= 1 && whole % parts == 0)
    return true;
  return REFUSE (check, "%s: %" G_GINT64_FORMAT " %s do not divide %" G_GINT64_FORMAT, check->op,
                 parts, what, whole);
}

static bool
check_embed (const Check *check, const void *params)
{
  const ScopeOpEmbed *op = params;
  return is_real (check, "table", &op->table, op->table.rows, op->table.columns)
         && has_shape (check, "ids", &op->ids, SCOPE_TYPE_I32, op->ids.rows, 1)
         && is_real (check, "out", &op->out, op->ids.rows, op->table.columns);
}

static bool
check_norm (const Check *check, const void *params)
{
  const ScopeOpNorm *op = params;
  int64_t rows = op->x.rows, columns = op->x.columns;
  if (op->centred && (op->weight.data == NULL || op->gate.data != NULL || op->groups != 1))
    return REFUSE (check, "norm: a centred norm has a weight, no gate and one group");
  if (!op->centred && op->bias.data != NULL)
    return REFUSE (check, "norm: only a centred norm has a bias");
  return is_real (check, "x", &op->x, rows, columns)
         && optional_real (check, "gate", &op->gate, rows, columns)
         && optional_real (check, "weight", &op->weight, 1, columns)
         && optional_real (check, "bias", &op->bias, 1, columns)
         && is_real (check, "out", &op->out, rows, columns)
         && ((op->weight.data == NULL && op->gate.data != NULL)
             || divides (check, "groups", op->groups, columns));
}

static bool
check_product (const Check *check, const void *params)
{
  const ScopeOpProduct *op = params;
  if (op->x.columns > G_MAXINT32 || op->x.rows > G_MAXINT32 || op->weight.rows > G_MAXINT32)
    return REFUSE (check, "product: a side is longer than %d", G_MAXINT32);
  return is_real (check, "x", &op->x, op->x.rows, op->x.columns)
         && is_real (check, "weight", &op->weight, op->weight.rows, op->x.columns)
         && optional_real (check, "bias", &op->bias, 1, op->weight.rows)
         && is_real (check, "out", &op->out, op->x.rows, op->weight.rows);
}

static bool
check_conv (const Check *check, const void *params)
{
  const ScopeOpConv *op = params;
  int64_t lanes = op->x.columns, taps = op->weight.columns;
  if (taps < 1)
    return REFUSE (check, "conv: no taps");
  if (op->out.data == op->x.data && op->x.rows > 0)
    return REFUSE (check, "conv: out must not be x");
  return is_real (check, "x", &op->x, op->x.rows, lanes)
         && is_real (check, "weight", &op->weight, lanes, taps)
         && optional_real (check, "bias", &op->bias, 1, lanes)
         && is_real (check, "state", &op->state, taps - 1, lanes)
         && is_real (check, "out", &op->out, op->x.rows, lanes);
}

static bool
check_rule (const Check *check, const ScopeDeltaRule *rule, int64_t channels)
{
  if (!(rule->lo <= rule->hi))
    return REFUSE (check, "%s: time-step limits: expected lo <= hi, found %g and %g", check->op,
                   rule->lo, rule->hi);
  return optional_real (check, "bias", &rule->bias, 1, channels)
         && optional_double (check, "threshold", &rule->threshold, 1, channels);
}

static bool
check_delta (const Check *check, const void *params)
{
  const ScopeOpDelta *op = params;
  return is_real (check, "raw", &op->raw, op->raw.rows, op->raw.columns)
         && check_rule (check, &op->rule, op->raw.columns)
         && is_real (check, "out", &op->out, op->raw.rows, op->raw.columns);
}

/* A is (H, N), or (H, 1): one rate. Only lanes that are channels have N rates of their own. */
static bool
check_rates (const Check *check, const ScopeTensor *a, int64_t channels, int64_t states,
             int64_t lanes)
{
  if (states < 1)
    return REFUSE (check, "%s: no states", check->op);
  if (a->columns != 1 && lanes != 1)
    return REFUSE (check, "%s: a channel of several lanes has one rate, found %" G_GINT64_FORMAT,
                   check->op, a->columns);
  return is_real (check, "a", a, channels, a->columns == 1 ? 1 : states);
}

static bool
check_scan (const Check *check, const void *params)
{
  const ScopeOpScan *op = params;
  int64_t tokens = op->raw.rows, channels = op->raw.columns;
  int64_t inner = op->u.columns, states = op->state.columns;
  if (!divides (check, "groups", op->groups, channels)
      || !divides (check, "channels", channels, inner))
    return false;
  return is_real (check, "raw", &op->raw, tokens, channels)
         && check_rule (check, &op->rule, channels)
         && check_rates (check, &op->a, channels, states, inner / channels)
         && is_real (check, "b", &op->b, tokens, op->groups * states)
         && is_real (check, "c", &op->c, tokens, op->groups * states)
         && is_real (check, "d", &op->d, 1, channels) && is_real (check, "u", &op->u, tokens, inner)
         && optional_real (check, "gate", &op->gate, tokens, inner)
         && is_real (check, "state", &op->state, inner, states)
         && is_real (check, "y", &op->y, tokens, inner)
         && optional_real (check, "delta", &op->delta, tokens, channels)
         && optional_double (check, "sums", &op->sums, 2, channels);
}

static bool
check_decay (const Check *check, const void *params)
{
  const ScopeOpDecay *op = params;
  int64_t tokens = op->delta.rows, channels = op->delta.columns;
  if (op->a.columns < 1)
    return REFUSE (check, "decay: no rates");
  return is_real (check, "delta", &op->delta, tokens, channels)
         && is_real (check, "a", &op->a, channels, op->a.columns)
         && optional_double (check, "prefix", &op->prefix, tokens, channels)
         && optional_double (check, "decay", &op->decay, tokens, channels);
}

static bool
check_source (const Check *check, const ScopeMapSource *source)
{
  int64_t tokens = source->delta.rows, channels = source->delta.columns;
  int64_t columns = source->groups * source->states;
  return divides (check, "groups", source->groups, channels)
         && is_real (check, "delta", &source->delta, tokens, channels)
         && has_shape (check, "prefix", &source->prefix, SCOPE_TYPE_F64, tokens, channels)
         && check_rates (check, &source->a, channels, source->states, 1)
         && is_real (check, "b", &source->b, tokens, columns)
         && is_real (check, "c", &source->c, tokens, columns);
}

/* What a map's values go to: reals, or levels by a shade that can be had. */
static bool
is_shaded (const Check *check, const ScopeTensor *out, const ScopeShade *shade, int64_t rows,
           int64_t columns)
{
  if (out->type != SCOPE_TYPE_U8)
    return is_real (check, "out", out, rows, columns);
  if (shade->kind > SCOPE_SHADE_SYMLOG || !(shade->low < shade->high)
      || (shade->kind != SCOPE_SHADE_LINEAR && !(shade->low > 0)))
    return REFUSE (check, "%s: shade %d cannot be from %g to %g", check->op, (int)shade->kind,
                   shade->low, shade->high);
  return has_shape (check, "out", out, SCOPE_TYPE_U8, rows, columns);
}

static bool
in_range (const Check *check, const char *what, int64_t begin, int64_t end, int64_t count)
{
  if (0 <= begin && begin <= end && end <= count)
    return true;
  return REFUSE (check,
                 "%s: %s [%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                 ") are not inside [0, %" G_GINT64_FORMAT ")",
                 check->op, what, begin, end, count);
}

static bool
check_attention (const Check *check, const void *params)
{
  const ScopeOpAttention *op = params;
  int64_t tokens = op->source.delta.rows;
  return check_source (check, &op->source)
         && in_range (check, "channels", op->channel, op->channel + 1, op->source.delta.columns)
         && in_range (check, "rows", op->row_begin, op->row_begin + op->out.rows, tokens)
         && in_range (check, "columns", op->column_begin, op->column_begin + op->out.columns,
                      tokens)
         && is_shaded (check, &op->out, &op->shade, op->out.rows, op->out.columns);
}

static bool
check_blocks (const Check *check, int64_t down, int64_t across, int64_t rows, int64_t columns,
              ScopeReduce reduce, int64_t sample)
{
  if (down < 1 || down > rows || across < 1 || across > columns)
    return REFUSE (check,
                   "%s: %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT
                   " cells cannot be cut in %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT " blocks",
                   check->op, rows, columns, down, across);
  if (reduce > SCOPE_REDUCE_ABSMAX || sample < 0)
    return REFUSE (check, "%s: unknown reduction %d or sample %" G_GINT64_FORMAT, check->op,
                   (int)reduce, sample);
  return true;
}

static bool
check_overview (const Check *check, const void *params)
{
  const ScopeOpOverview *op = params;
  int64_t tokens = op->source.delta.rows;
  int64_t rows = op->row_end - op->row_begin, columns = op->column_end - op->column_begin;
  if (!check_source (check, &op->source)
      || !in_range (check, "channels", op->channel, op->channel + 1, op->source.delta.columns)
      || !in_range (check, "rows", op->row_begin, op->row_end, tokens)
      || !in_range (check, "columns", op->column_begin, op->column_end, tokens))
    return false;
  return check_blocks (check, op->out.rows, op->out.columns, rows, columns, op->reduce, op->sample)
         && is_shaded (check, &op->out, &op->shade, op->out.rows, op->out.columns);
}

static bool
check_thumbnails (const Check *check, const void *params)
{
  const ScopeOpThumbnails *op = params;
  int64_t tokens = op->source.delta.rows, channels = op->channel_end - op->channel_begin;
  if (!check_source (check, &op->source)
      || !in_range (check, "channels", op->channel_begin, op->channel_end,
                    op->source.delta.columns))
    return false;
  return channels == 0
         || (divides (check, "channels", channels, op->out.rows)
             && check_blocks (check, op->out.rows / channels, op->out.columns, tokens, tokens,
                              op->reduce, op->sample)
             && is_shaded (check, &op->out, &op->shade, op->out.rows, op->out.columns));
}

static bool
check_fields (const Check *check, const void *params)
{
  const ScopeOpFields *op = params;
  return check_source (check, &op->source)
         && in_range (check, "channels", op->channel_begin, op->channel_end,
                      op->source.delta.columns)
         && has_shape (check, "rows", &op->rows, SCOPE_TYPE_I32, op->rows.rows, 1)
         && has_shape (check, "out", &op->out, SCOPE_TYPE_I32, op->rows.rows,
                       op->channel_end - op->channel_begin);
}

static bool
check_copy (const Check *check, const void *params)
{
  const ScopeOpCopy *op = params;
  return is_real (check, "x", &op->x, op->x.rows, op->x.columns)
         && is_real (check, "out", &op->out, op->x.rows, op->x.columns);
}

static bool
check_rotary (const Check *check, const void *params)
{
  const ScopeOpRotary *op = params;
  if (!divides (check, "heads", op->heads, op->x.columns)
      || !divides (check, "halves", 2, op->x.columns / op->heads))
    return false;
  if (op->begin < 0 || !(op->theta > 0))
    return REFUSE (check, "rotary: no position %" G_GINT64_FORMAT " or no base %g", op->begin,
                   op->theta);
  return is_real (check, "x", &op->x, op->x.rows, op->x.columns);
}

/* Query heads of some width, and key heads that divide them. */
static bool
check_heads_of (const Check *check, const ScopeTensor *q, const ScopeTensor *k, int64_t heads,
                int64_t key_heads)
{
  return divides (check, "heads", heads, q->columns)
         && divides (check, "key heads", key_heads, heads)
         && is_real (check, "q", q, q->rows, q->columns)
         && is_real (check, "k", k, k->rows, q->columns / heads * key_heads);
}

static bool
check_heads (const Check *check, const void *params)
{
  const ScopeOpHeads *op = params;
  int64_t tokens = op->q.rows;
  return check_heads_of (check, &op->q, &op->k, op->heads, op->key_heads)
         && in_range (check, "queries", op->begin, op->begin + tokens, op->k.rows)
         && is_real (check, "v", &op->v, op->k.rows, op->k.columns)
         && is_real (check, "out", &op->out, tokens, op->q.columns)
         && optional_real (check, "total", &op->total, tokens, op->heads);
}

static bool
check_softmax (const Check *check, const void *params)
{
  const ScopeOpSoftmax *op = params;
  int64_t tokens = op->q.rows;
  return check_heads_of (check, &op->q, &op->k, op->heads, op->key_heads)
         && in_range (check, "heads", op->head, op->head + 1, op->heads)
         && in_range (check, "rows", op->row_begin, op->row_begin + op->out.rows, tokens)
         && in_range (check, "columns", op->column_begin, op->column_begin + op->out.columns,
                      op->k.rows)
         && is_real (check, "total", &op->total, tokens, op->heads)
         && is_real (check, "out", &op->out, op->out.rows, op->out.columns);
}

static bool
check_glu (const Check *check, const void *params)
{
  const ScopeOpGlu *op = params;
  if (op->kind > SCOPE_GLU_GELU_TANH)
    return REFUSE (check, "glu: unknown activation %d", (int)op->kind);
  return is_real (check, "gate", &op->gate, op->gate.rows, op->gate.columns)
         && is_real (check, "up", &op->up, op->gate.rows, op->gate.columns)
         && is_real (check, "out", &op->out, op->gate.rows, op->gate.columns);
}

static const struct {
  const char *name;
  bool (*check) (const Check *check, const void *params);
} checks[SCOPE_N_OPS] = {
  [SCOPE_OP_EMBED] = { "embed", check_embed },
  [SCOPE_OP_NORM] = { "norm", check_norm },
  [SCOPE_OP_PRODUCT] = { "product", check_product },
  [SCOPE_OP_CONV] = { "conv", check_conv },
  [SCOPE_OP_DELTA] = { "delta", check_delta },
  [SCOPE_OP_SCAN] = { "scan", check_scan },
  [SCOPE_OP_DECAY] = { "decay", check_decay },
  [SCOPE_OP_ATTENTION] = { "attention", check_attention },
  [SCOPE_OP_OVERVIEW] = { "overview", check_overview },
  [SCOPE_OP_FIELDS] = { "fields", check_fields },
  [SCOPE_OP_THUMBNAILS] = { "thumbnails", check_thumbnails },
  [SCOPE_OP_COPY] = { "copy", check_copy },
  [SCOPE_OP_ROTARY] = { "rotary", check_rotary },
  [SCOPE_OP_HEADS] = { "heads", check_heads },
  [SCOPE_OP_SOFTMAX] = { "softmax", check_softmax },
  [SCOPE_OP_GLU] = { "glu", check_glu },
};

bool
scope_cpu_supports (ScopeBackend *self, ScopeOp op, const void *params, char *error,
                    size_t error_size)
{
  if ((int)op < 0 || op >= SCOPE_N_OPS || checks[op].check == NULL) {
    scope_cpu_fail (0, error, error_size, "cpu: unknown operation %d", (int)op);
    return false;
  }
  Check check
      = { .op = checks[op].name,
          .real = self->precision == SCOPE_PRECISION_REFERENCE ? SCOPE_TYPE_F64 : SCOPE_TYPE_F32,
          .error = error,
          .error_size = error_size };
  return checks[op].check (&check, params);
}
