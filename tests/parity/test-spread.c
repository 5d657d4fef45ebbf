/* How far a NaN in an input reaches: what depends on it is NaN, and nothing else has moved by a
 * bit. What an infinity reaches is not finite. */
#include "map-case.h"

/* Whether element (R, C) depends on the poisoned one. */
typedef gboolean (*Reaches) (gsize r, gsize c);

static void
check_reach (const char *what, const double *clean, const double *got, gsize rows, gsize columns,
             Reaches reaches)
{
  gboolean *hit = g_new (gboolean, rows * columns);
  for (gsize i = 0; i < rows * columns; i++)
    hit[i] = reaches (i / columns, i % columns);
  parity_spread (what, clean, got, hit, rows * columns);
  g_free (hit);
}

static gboolean
in_row_5 (gsize r, gsize c)
{
  return r == 5;
}

static void
test_norm (void)
{
  const gsize rows = 9, columns = 67;
  parity_begin (601);
  double *x = parity_normal (rows * columns);
  ScopeOpNorm op = { .x = parity_real (rows, columns, x),
                     .weight = parity_real (1, columns, parity_normal (columns)),
                     .out = parity_real (rows, columns, NULL),
                     .eps = 1e-5,
                     .groups = 1 };
  if (parity_run (SCOPE_OP_NORM, &op)) {
    const double *clean = parity_read (op.out);
    x[5 * columns + 66] = NAN;
    op.x = parity_real (rows, columns, x);
    g_assert_true (parity_run (SCOPE_OP_NORM, &op));
    check_reach ("norm", clean, parity_read (op.out), rows, columns, in_row_5);
  }
  parity_end ();
}

static void
test_product (void)
{
  const gsize rows = 70, columns = 33, inputs = 40;
  parity_begin (602);
  double *x = parity_normal (rows * inputs), *weight = parity_normal (columns * inputs);
  ScopeOpProduct op = { .x = parity_wide (rows, inputs, x),
                        .weight = parity_wide (columns, inputs, weight),
                        .out = parity_real (rows, columns, NULL) };
  if (parity_run (SCOPE_OP_PRODUCT, &op)) {
    const double *clean = parity_read (op.out);
    x[5 * inputs + 39] = NAN;
    op.x = parity_wide (rows, inputs, x);
    g_assert_true (parity_run (SCOPE_OP_PRODUCT, &op));
    check_reach ("product", clean, parity_read (op.out), rows, columns, in_row_5);
    x[5 * inputs + 39] = INFINITY;
    op.x = parity_wide (rows, inputs, x);
    g_assert_true (parity_run (SCOPE_OP_PRODUCT, &op));
    const double *got = parity_read (op.out);
    for (gsize i = 0; i < rows * columns; i++)
      g_assert_true (i / columns == 5 ? !isfinite (got[i]) : got[i] == clean[i]);
  }
  parity_end ();
}

static gboolean
in_window (gsize r, gsize c)
{
  return c == 3 && r >= 20 && r < 24;
}

static void
test_conv (void)
{
  const gsize rows = 50, lanes = 19, taps = 4;
  parity_begin (603);
  double *x = parity_normal (rows * lanes), *history = parity_normal ((taps - 1) * lanes);
  ScopeOpConv op = { .x = parity_wide (rows, lanes, x),
                     .weight = parity_real (lanes, taps, parity_normal (lanes * taps)),
                     .state = parity_real (taps - 1, lanes, history),
                     .out = parity_wide (rows, lanes, NULL) };
  if (parity_run (SCOPE_OP_CONV, &op)) {
    const double *clean = parity_read (op.out);
    x[20 * lanes + 3] = NAN;
    op.x = parity_wide (rows, lanes, x);
    op.state = parity_real (taps - 1, lanes, history);
    g_assert_true (parity_run (SCOPE_OP_CONV, &op));
    check_reach ("conv", clean, parity_read (op.out), rows, lanes, in_window);
  }
  parity_end ();
}

static gboolean
from_token_70 (gsize r, gsize c)
{
  return c == 2 && r >= 70;
}

/* One lane's u: that lane from there on. */
static void
test_scan (gconstpointer data)
{
  const gsize tokens = 150, lanes = 6, states = 16;
  gboolean one_rate = GPOINTER_TO_INT (data);
  gsize channels = one_rate ? 2 : lanes, rates = one_rate ? 1 : states;
  parity_begin (604);
  double *u = parity_normal (tokens * lanes), *start = parity_normal (lanes * states);
  double *raw = parity_uniform (tokens * channels, -4, 0);
  double *b = parity_normal (tokens * states), *c = parity_normal (tokens * states);
  ScopeOpScan op = { .raw = one_rate ? parity_wide (tokens, channels, raw)
                                     : parity_real (tokens, channels, raw),
                     .rule = { .hi = INFINITY },
                     .a = parity_real (channels, rates, parity_rates (channels * rates, 0.1, 4)),
                     .b = parity_wide (tokens, states, b),
                     .c = parity_wide (tokens, states, c),
                     .d = parity_real (1, channels, parity_normal (channels)),
                     .u = parity_wide (tokens, lanes, u),
                     .state = parity_real (lanes, states, start),
                     .y = parity_wide (tokens, lanes, NULL),
                     .groups = 1 };
  if (parity_run (SCOPE_OP_SCAN, &op)) {
    const double *clean = parity_read (op.y);
    u[70 * lanes + 2] = NAN;
    op.u = parity_wide (tokens, lanes, u);
    op.state = parity_real (lanes, states, start);
    g_assert_true (parity_run (SCOPE_OP_SCAN, &op));
    double *got = parity_read (op.y);
    /* Where a chunk of tokens is one product, the zeros before the NaN make NaN of it too. */
    for (gsize t = 64; one_rate && t < 70; t++)
      got[t * lanes + 2] = isnan (got[t * lanes + 2]) ? clean[t * lanes + 2] : got[t * lanes + 2];
    check_reach ("scan", clean, got, tokens, lanes, from_token_70);
  }
  parity_end ();
}

static gboolean
in_map_row_or_column (gsize r, gsize c)
{
  return c <= r && (r == 140 || c == 70);
}

/* A row of C and a row of B: that row and that column of the map, to the diagonal. */
static void
test_attention (gconstpointer data)
{
  static const MapShape shapes[]
      = { { 200, 2, 16, 1, FALSE, 0.1, 4, 1e-3, 0.1 }, { 200, 2, 16, 1, TRUE, 0.1, 4, 1e-3, 0.1 } };
  const MapShape *shape = &shapes[GPOINTER_TO_INT (data)];
  gsize tokens = shape->tokens;
  parity_begin (605);
  MapCase map = map_case_new (shape);
  ScopeOpAttention op = { .source = map.source,
                          .channel = 1,
                          .without_delta = TRUE,
                          .out = parity_real (tokens, tokens, NULL) };
  for (gsize j = 0; j < tokens; j++) /* no dropped tokens: their column's 0 would hide a NaN */
    map.delta[j * 2 + 1] = fmax (map.delta[j * 2 + 1], 1e-3);
  op.source.delta = parity_real (tokens, 2, map.delta);
  if (parity_run (SCOPE_OP_ATTENTION, &op)) {
    const double *clean = parity_read (op.out);
    map.c[140 * shape->states + 3] = NAN;
    map.b[70 * shape->states + 15] = NAN;
    op.source.c = parity_real (tokens, shape->states, map.c);
    op.source.b = parity_real (tokens, shape->states, map.b);
    g_assert_true (parity_run (SCOPE_OP_ATTENTION, &op));
    check_reach ("attention", clean, parity_read (op.out), tokens, tokens, in_map_row_or_column);
  }
  parity_end ();
}

/* Of 200 tokens in 20 x 20 blocks, those that hold cells of row 140 or of column 70. */
static gboolean
in_block_row_or_column (gsize r, gsize c)
{
  return c <= r && (r == 14 || c == 7);
}

static void
test_overview (gconstpointer data)
{
  static const MapShape shape = { 200, 1, 16, 1, FALSE, 0.1, 4, 1e-3, 0.1 };
  parity_begin (606);
  MapCase map = map_case_new (&shape);
  ScopeOpOverview op = { .source = map.source,
                         .row_end = 200,
                         .column_end = 200,
                         .reduce = GPOINTER_TO_INT (data),
                         .without_delta = TRUE,
                         .out = parity_real (20, 20, NULL) };
  for (gsize j = 0; j < 200; j++)
    map.delta[j] = fmax (map.delta[j], 1e-3);
  op.source.delta = parity_real (200, 1, map.delta);
  if (parity_run (SCOPE_OP_OVERVIEW, &op)) {
    const double *clean = parity_read (op.out);
    map.c[140 * 16 + 3] = NAN;
    map.b[70 * 16 + 15] = NAN;
    op.source.c = parity_real (200, 16, map.c);
    op.source.b = parity_real (200, 16, map.b);
    g_assert_true (parity_run (SCOPE_OP_OVERVIEW, &op));
    check_reach ("overview", clean, parity_read (op.out), 20, 20, in_block_row_or_column);
  }
  parity_end ();
}

void
parity_add_spread (void)
{
  g_test_add_func ("/nan/norm", test_norm);
  g_test_add_func ("/nan/product", test_product);
  g_test_add_func ("/nan/conv", test_conv);
  g_test_add_data_func ("/nan/scan", GINT_TO_POINTER (FALSE), test_scan);
  g_test_add_data_func ("/nan/scan-one-rate", GINT_TO_POINTER (TRUE), test_scan);
  g_test_add_data_func ("/nan/attention", GINT_TO_POINTER (0), test_attention);
  g_test_add_data_func ("/nan/attention-one-rate", GINT_TO_POINTER (1), test_attention);
  g_test_add_data_func ("/nan/overview-mean", GINT_TO_POINTER (SCOPE_REDUCE_MEAN), test_overview);
  g_test_add_data_func ("/nan/overview-absmean", GINT_TO_POINTER (SCOPE_REDUCE_ABSMEAN),
                        test_overview);
}
