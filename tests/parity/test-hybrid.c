/* ROTARY, HEADS, SOFTMAX, GLU. */
#include "parity.h"

typedef struct {
  gsize tokens, begin, heads, key_heads, width;
  double size; /* of the queries: large ones make scores that overflow an exponential */
} HeadsShape;

/* Random inputs of one shape, and what the definitions make of them. */
typedef struct {
  const HeadsShape *shape;
  gsize keys;        /* tokens of the text */
  double *q, *k, *v; /* (tokens, Q W), (keys, K W) twice */
  double scale;
  double *map;         /* (heads, tokens, keys): the softmax */
  double *total;       /* (tokens, heads) */
  double *score_error; /* (tokens, heads): the rounding of a score */
} HeadsCase;

static const double *
key_row (const HeadsCase *c, const double *k, gsize head, gsize s)
{
  const HeadsShape *shape = c->shape;
  gsize key_head = head / (shape->heads / shape->key_heads);
  return k + (s * shape->key_heads + key_head) * shape->width;
}

/* One query: its scores, less the largest, as exponentials. */
static void
query_reference (HeadsCase *c, gsize head, gsize t)
{
  const HeadsShape *shape = c->shape;
  const double *q = c->q + (t * shape->heads + head) * shape->width;
  double *row = c->map + (head * shape->tokens + t) * c->keys;
  double most = -INFINITY, sum = 0, size = 0;
  gsize visible = shape->begin + t + 1;
  for (gsize s = 0; s < visible; s++) {
    const double *k = key_row (c, c->k, head, s);
    double magnitude = 0;
    for (gsize l = 0; l < shape->width; l++) {
      row[s] += c->scale * q[l] * k[l];
      magnitude += c->scale * fabs (q[l] * k[l]);
    }
    most = fmax (most, row[s]);
    size = fmax (size, magnitude);
  }
  for (gsize s = 0; s < visible; s++)
    sum += row[s] = exp (row[s] - most);
  for (gsize s = 0; s < visible; s++)
    row[s] /= sum;
  c->total[t * shape->heads + head] = most + log (sum);
  /* The roundings of a sum of W products are a random walk; four times its width. */
  c->score_error[t * shape->heads + head] = 4 * (2 + sqrt (shape->width)) * parity.epsilon * size;
}

static HeadsCase
heads_case (const HeadsShape *shape)
{
  gsize keys = shape->begin + shape->tokens;
  HeadsCase c = { .shape = shape, .keys = keys, .scale = sqrt (2.0 / shape->width) };
  c.q = parity_normal (shape->tokens * shape->heads * shape->width);
  c.k = parity_normal (keys * shape->key_heads * shape->width);
  c.v = parity_normal (keys * shape->key_heads * shape->width);
  for (gsize i = 0; i < shape->tokens * shape->heads * shape->width; i++)
    c.q[i] = (float)(c.q[i] * shape->size);
  c.map = parity_zeros (shape->heads * shape->tokens * keys);
  c.total = parity_zeros (shape->tokens * shape->heads);
  c.score_error = parity_zeros (shape->tokens * shape->heads);
  return c;
}

static void
heads_reference (HeadsCase *c)
{
  for (gsize head = 0; head < c->shape->heads; head++)
    for (gsize t = 0; t < c->shape->tokens; t++)
      query_reference (c, head, t);
}

/* Σ_s p[s] v[s], and the bound of its error: that of p, relative, twice that of a score (numerator
 * and sum) and some roundings; and if the wide type is short, p and the result rounded to it. */
static void
check_heads (const HeadsCase *c, const double *got)
{
  const HeadsShape *shape = c->shape;
  gsize count = shape->tokens * shape->heads * shape->width;
  double *expected = parity_zeros (count), *bound = parity_zeros (count);
  for (gsize i = 0; i < count; i++) {
    gsize l = i % shape->width, head = i / shape->width % shape->heads;
    gsize t = i / (shape->width * shape->heads);
    const double *p = c->map + (head * shape->tokens + t) * c->keys;
    double size = 0;
    for (gsize s = 0; s <= shape->begin + t; s++) {
      double term = p[s] * key_row (c, c->v, head, s)[l];
      expected[i] += term;
      size += fabs (term);
    }
    double score_error = c->score_error[t * shape->heads + head];
    bound[i] = size * (2 * expm1 (score_error) + 30 * parity.epsilon + 2 * parity.wide);
  }
  parity_compare ("heads", got, expected, bound, FALSE, count, INFINITY);
}

static void
check_totals (const HeadsCase *c, const double *got)
{
  gsize count = c->shape->tokens * c->shape->heads;
  double *bound = parity_zeros (count);
  for (gsize i = 0; i < count; i++)
    bound[i] = c->score_error[i] + 20 * parity.epsilon * (1 + fabs (c->total[i]));
  parity_compare ("total", got, c->total, bound, FALSE, count, INFINITY);
}

/* The buffers of keys go on after the last query, with NaN: nobody may look there. */
static ScopeTensor
key_tensor (const HeadsCase *c, double *values)
{
  const gsize spare = 70, columns = c->shape->key_heads * c->shape->width;
  double *longer = parity_zeros ((c->keys + spare) * columns);
  for (gsize i = 0; i < (c->keys + spare) * columns; i++)
    longer[i] = i < c->keys * columns ? values[i] : NAN;
  ScopeTensor tensor = parity_wide (c->keys + spare, columns, longer);
  memcpy (values, longer, c->keys * columns * sizeof *values); /* as rounded */
  return tensor;
}

static ScopeOpHeads
heads_op (HeadsCase *c)
{
  const HeadsShape *shape = c->shape;
  ScopeOpHeads op = { .q = parity_wide (shape->tokens, shape->heads * shape->width, c->q),
                      .k = key_tensor (c, c->k),
                      .v = key_tensor (c, c->v),
                      .heads = shape->heads,
                      .key_heads = shape->key_heads,
                      .begin = shape->begin,
                      .scale = c->scale,
                      .out = parity_wide (shape->tokens, shape->heads * shape->width, NULL),
                      .total = parity_real (shape->tokens, shape->heads, NULL) };
  heads_reference (c);
  return op;
}

static void
test_heads (gconstpointer data)
{
  parity_begin (501);
  HeadsCase c = heads_case (data);
  ScopeOpHeads op = heads_op (&c);
  if (parity_run (SCOPE_OP_HEADS, &op)) {
    check_heads (&c, parity_read (op.out));
    check_totals (&c, parity_read (op.total));
    op.total = (ScopeTensor){ 0 };
    op.out = parity_wide (op.q.rows, op.q.columns, NULL);
    g_assert_true (parity_run (SCOPE_OP_HEADS, &op));
    check_heads (&c, parity_read (op.out));
  }
  parity_end ();
}

static gsize
random_part (gsize count, gsize *begin)
{
  gsize length = g_rand_int_range (parity.random, 1, count + 1);
  *begin = g_rand_int_range (parity.random, 0, count - length + 1);
  return length;
}

/* TOTAL is given as the definition has it, to the backend's rounding. */
static void
check_tile (const HeadsCase *c, ScopeOpSoftmax *op, gsize rows, gsize columns)
{
  double *expected = parity_zeros (rows * columns), *bound = parity_zeros (rows * columns);
  op->out = parity_real (rows, columns, NULL);
  if (!parity_run (SCOPE_OP_SOFTMAX, op))
    return;
  for (gsize i = 0; i < rows * columns; i++) {
    gsize t = op->row_begin + i / columns, s = op->column_begin + i % columns;
    gsize at = t * c->shape->heads + op->head;
    expected[i] = c->map[(op->head * c->shape->tokens + t) * c->keys + s];
    double exponent = c->score_error[at] + 4 * parity.epsilon * (1 + fabs (c->total[at]));
    bound[i]
        = s > t ? 0 : expm1 (exponent) * expected[i] + 4 * parity.epsilon * expected[i] + 1e-37;
  }
  parity_compare ("softmax", parity_read (op->out), expected, bound, FALSE, rows * columns,
                  INFINITY);
}

static void
test_softmax (gconstpointer data)
{
  const HeadsShape *shape = data;
  parity_begin (502);
  HeadsCase c = heads_case (shape);
  ScopeOpSoftmax op = { .q = parity_wide (shape->tokens, shape->heads * shape->width, c.q),
                        .k = parity_wide (c.keys, shape->key_heads * shape->width, c.k),
                        .heads = shape->heads,
                        .key_heads = shape->key_heads,
                        .scale = c.scale };
  heads_reference (&c);
  op.total = parity_real (shape->tokens, shape->heads, c.total);
  check_tile (&c, &op, shape->tokens, shape->tokens);
  for (int i = 0; i < 6; i++) {
    gsize row, column;
    gsize rows = random_part (shape->tokens, &row), columns = random_part (shape->tokens, &column);
    op.head = g_rand_int_range (parity.random, 0, shape->heads);
    op.row_begin = row;
    op.column_begin = column;
    check_tile (&c, &op, rows, columns);
  }
  parity_end ();
}

/* With the totals that HEADS leaves, every row of the map sums to 1, and the map times v is HEADS'
 * own output. */
static void
test_identity (gconstpointer data)
{
  const HeadsShape *shape = data;
  parity_begin (503);
  HeadsCase c = heads_case (shape);
  ScopeOpHeads heads = heads_op (&c);
  ScopeOpSoftmax op = { .q = heads.q,
                        .k = heads.k,
                        .total = heads.total,
                        .heads = shape->heads,
                        .key_heads = shape->key_heads,
                        .head = shape->heads - 1,
                        .scale = c.scale,
                        .out = parity_real (shape->tokens, shape->tokens, NULL) };
  if (!parity_run (SCOPE_OP_HEADS, &heads) || !parity_run (SCOPE_OP_SOFTMAX, &op))
    return parity_end ();
  const double *map = parity_read (op.out), *out = parity_read (heads.out);
  for (gsize t = 0; t < shape->tokens; t++) {
    /* Scores are rounded twice, here and there, in another order of summation. */
    double sum = 0, slack = 4 * c.score_error[t * shape->heads + op.head] + 1e-4 * parity.epsilon;
    slack += 30 * parity.epsilon * (1 + fabs (c.total[t * shape->heads + op.head]));
    for (gsize s = 0; s < shape->tokens; s++)
      sum += map[t * shape->tokens + s];
    g_assert_cmpfloat (fabs (sum - 1), <=, slack);
    for (gsize l = 0; l < shape->width; l++) {
      double y = 0, size = 0;
      for (gsize s = 0; s < shape->tokens; s++) {
        double term = map[t * shape->tokens + s] * key_row (&c, c.v, op.head, s)[l];
        y += term;
        size += fabs (term);
      }
      double found = out[(t * shape->heads + op.head) * shape->width + l];
      g_assert_cmpfloat (fabs (found - y), <=, (slack + 2 * parity.wide) * size);
    }
  }
  parity_end ();
}

typedef struct {
  gsize tokens, heads, width;
  gint64 begin;
  double theta;
} RotaryShape;

static void
test_rotary (gconstpointer data)
{
  const RotaryShape *shape = data;
  gsize half = shape->width / 2, columns = shape->heads * shape->width;
  parity_begin (504);
  double *x = parity_normal (shape->tokens * columns);
  double *expected = parity_zeros (shape->tokens * columns);
  ScopeOpRotary op = { .x = parity_wide (shape->tokens, columns, x),
                       .heads = shape->heads,
                       .begin = shape->begin,
                       .theta = shape->theta };
  for (gsize i = 0; i < shape->tokens * columns; i++) {
    gsize lane = i % shape->width, l = lane % half;
    double angle = (double)(shape->begin + (gint64)(i / columns))
                   / pow (shape->theta, 2.0 * l / shape->width);
    double other = lane < half ? -x[i + half] : x[i - half];
    expected[i] = x[i] * cos (angle) + other * sin (angle);
  }
  /* Two products, each with a rounded sine, and a sum; all below the largest lane times √2; and the
   * angle as a double has it. In float an angle of 10^5 would be wrong in its second digit. */
  double angle_error = 4 * 0x1p-53 * (double)(shape->begin + (gint64)shape->tokens);
  if (parity_run (SCOPE_OP_ROTARY, &op))
    parity_close ("rotary", parity_read (op.x), expected, shape->tokens * columns,
                  8 * parity.epsilon + parity.wide + angle_error);
  parity_end ();
}

typedef struct {
  gsize rows, columns;
  ScopeGluKind kind;
} GluShape;

static double
activation (ScopeGluKind kind, double x)
{
  if (kind == SCOPE_GLU_SILU)
    return x / (1 + exp (-x));
  if (kind == SCOPE_GLU_GELU)
    return x * erfc (-x / sqrt (2)) / 2;
  return x / 2 * (1 + tanh (sqrt (2 / acos (-1)) * (x + 0.044715 * x * x * x)));
}

static void
test_glu (gconstpointer data)
{
  const GluShape *shape = data;
  gsize count = shape->rows * shape->columns;
  parity_begin (505);
  double *gate = parity_uniform (count, -6, 6), *up = parity_normal (count);
  double *expected = parity_zeros (count), *bound = parity_zeros (count);
  static const double extremes[] = { 0, -30, 30, -1e4, 1e4, -1e-6 };
  for (gsize i = 0; i < MIN (count, G_N_ELEMENTS (extremes)); i++)
    gate[i] = (float)extremes[i];
  ScopeOpGlu op = { .gate = parity_wide (shape->rows, shape->columns, gate),
                    .up = parity_wide (shape->rows, shape->columns, up),
                    .out = parity_wide (shape->rows, shape->columns, NULL),
                    .kind = shape->kind };
  for (gsize i = 0; i < count; i++) {
    expected[i] = activation (shape->kind, gate[i]) * up[i];
    /* Where the activation is near 0, 1 + tanh has lost as much as its 1 is rounded by. */
    bound[i] = 6 * parity.epsilon * fabs (gate[i] * up[i]) + parity.wide * fabs (expected[i]);
  }
  if (parity_run (SCOPE_OP_GLU, &op))
    parity_compare ("glu", parity_read (op.out), expected, bound, FALSE, count, INFINITY);
  op.out = op.gate;
  if (parity_run (SCOPE_OP_GLU, &op))
    parity_compare ("glu in place", parity_read (op.out), expected, bound, FALSE, count, INFINITY);
  parity_end ();
}

/* Each restriction, by the name of what is wrong. */
static void
test_refusals (void)
{
  char message[256] = "";
  parity_begin (506);
  ScopeTensor two = parity_wide (2, 6, NULL), three = parity_wide (3, 6, NULL);
  ScopeOpHeads heads = { .q = three, .k = two, .v = two, .heads = 2, .key_heads = 2, .out = three };
  ScopeOpRotary rotary = { .x = two, .heads = 2, .theta = 10000 };
  ScopeOpGlu glu = { .gate = two, .up = three, .out = two };
  const ScopeBackendOps *ops = parity.backend->ops;
  g_assert_false (ops->supports (parity.backend, SCOPE_OP_HEADS, &heads, message, sizeof message));
  g_assert_cmpstr (message, !=, "");
  g_assert_false (
      ops->supports (parity.backend, SCOPE_OP_ROTARY, &rotary, message, sizeof message));
  g_assert_false (ops->supports (parity.backend, SCOPE_OP_GLU, &glu, message, sizeof message));
  parity_end ();
}

static const HeadsShape shapes[] = {
  { 1, 0, 1, 1, 1, 1 },      { 1, 300, 4, 2, 20, 1 },  { 2, 1, 3, 1, 5, 1 },
  { 17, 0, 2, 2, 64, 1 },    { 64, 64, 2, 1, 65, 1 },  { 65, 0, 3, 3, 32, 40 },
  { 67, 190, 4, 2, 100, 1 }, { 131, 0, 1, 1, 160, 1 }, { 257, 0, 2, 1, 256, 1 },
  { 300, 5, 6, 2, 10, 1 },   { 129, 0, 2, 2, 129, 3 },
};
static const HeadsShape whole[] = {
  { 1, 0, 1, 1, 2, 1 },   { 17, 0, 4, 2, 6, 1 },    { 64, 0, 2, 1, 64, 1 },
  { 65, 0, 3, 3, 7, 20 }, { 131, 0, 2, 1, 160, 1 }, { 300, 0, 2, 2, 33, 1 },
};
static const RotaryShape rotaries[] = {
  { 1, 1, 2, 0, 1e4 },        { 17, 3, 10, 5, 1e4 },       { 67, 2, 160, 0, 1e6 },
  { 5, 4, 256, 100000, 1e4 }, { 130, 1, 34, 999, 500000 },
};
static const GluShape glus[] = {
  { 1, 1, SCOPE_GLU_SILU },         { 7, 33, SCOPE_GLU_GELU }, { 67, 257, SCOPE_GLU_GELU },
  { 13, 300, SCOPE_GLU_GELU_TANH }, { 9, 65, SCOPE_GLU_SILU },
};

static void
add_heads (const char *name, const HeadsShape *list, gsize count, GTestDataFunc func)
{
  for (gsize i = 0; i < count; i++) {
    const HeadsShape *s = &list[i];
    g_autofree char *path = g_strdup_printf ("/%s/T%zu-from%zu-Q%zu-K%zu-W%zu-x%g", name, s->tokens,
                                             s->begin, s->heads, s->key_heads, s->width, s->size);
    g_test_add_data_func (path, s, func);
  }
}

void
parity_add_hybrid (void)
{
  add_heads ("heads", shapes, G_N_ELEMENTS (shapes), test_heads);
  add_heads ("softmax", whole, G_N_ELEMENTS (whole), test_softmax);
  add_heads ("heads-identity", whole, G_N_ELEMENTS (whole), test_identity);
  for (gsize i = 0; i < G_N_ELEMENTS (rotaries); i++) {
    g_autofree char *path = g_strdup_printf ("/rotary/T%zu-H%zu-W%zu", rotaries[i].tokens,
                                             rotaries[i].heads, rotaries[i].width);
    g_test_add_data_func (path, &rotaries[i], test_rotary);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (glus); i++) {
    g_autofree char *path
        = g_strdup_printf ("/glu/%zux%zu/%d", glus[i].rows, glus[i].columns, (int)glus[i].kind);
    g_test_add_data_func (path, &glus[i], test_glu);
  }
  g_test_add_func ("/hybrid/refusals", test_refusals);
}
