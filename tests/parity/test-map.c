/* ATTENTION and FIELDS. */
#include "map-case.h"

/* A range of about FRACTION of the tokens, somewhere. */
static void
random_range (gsize tokens, double fraction, gsize *begin, gsize *end)
{
  gsize length = MAX (1, (gsize)(tokens * fraction));
  *begin = g_rand_int_range (parity.random, 0, tokens - length + 1);
  *end = *begin + length;
}

static void
check_tile (const MapCase *map, gsize channel, gsize row_begin, gsize row_end, gsize column_begin,
            gsize column_end, gboolean without_delta)
{
  gsize rows = row_end - row_begin, columns = column_end - column_begin;
  double *expected = parity_zeros (rows * columns), largest = 0;
  for (gsize r = 0; r < rows; r++)
    for (gsize k = 0; k < columns; k++) {
      double size;
      expected[r * columns + k]
          = map_cell (map, channel, row_begin + r, column_begin + k, without_delta, &size);
      largest = fmax (largest, size);
    }
  ScopeOpAttention op = { .source = map->source,
                          .channel = channel,
                          .row_begin = row_begin,
                          .column_begin = column_begin,
                          .without_delta = without_delta,
                          .out = parity_real (rows, columns, NULL) };
  if (!parity_run (SCOPE_OP_ATTENTION, &op))
    return;
  const double *got = parity_read (op.out);
  /* Three factors of one rounding each, N terms, and the exponential's own error: relative to the
   * largest sum of terms, about 1e-6 in float. */
  double bound = (20 + sqrt (map->shape->states)) * parity.epsilon * largest;
  parity_compare ("attention", got, expected, &bound, TRUE, rows * columns, INFINITY);
  for (gsize r = 0; r < rows; r++)
    for (gsize k = 0; k < columns; k++) {
      gsize j = column_begin + k;
      if (j > row_begin + r || map->delta[j * map->shape->channels + channel] == 0)
        g_assert_cmpfloat (got[r * columns + k], ==, 0);
    }
}

static void
test_attention (gconstpointer data)
{
  const MapShape *shape = data;
  parity_begin (301);
  MapCase map = map_case_new (shape);
  check_tile (&map, 0, 0, shape->tokens, 0, shape->tokens, FALSE);
  check_tile (&map, shape->channels - 1, 0, shape->tokens, 0, shape->tokens, TRUE);
  for (int i = 0; i < 8; i++) {
    gsize row_begin, row_end, column_begin, column_end;
    random_range (shape->tokens, i < 4 ? 0.6 : 0.05, &row_begin, &row_end);
    random_range (shape->tokens, i % 2 ? 0.6 : 0.05, &column_begin, &column_end);
    gsize channel = g_rand_int_range (parity.random, 0, shape->channels);
    check_tile (&map, channel, row_begin, row_end, column_begin, column_end, i % 3 == 2);
  }
  parity.guard = 8; /* rows that may be stored four cells at a time */
  if (shape->tokens >= 8)
    check_tile (&map, 0, 0, shape->tokens, shape->tokens % 4, shape->tokens, FALSE);
  parity_end ();
}

/* FOUND must be the first column whose |α| exceeds EPSILON, give or take a float's rounding. */
static void
check_field (const MapCase *map, gsize channel, gsize row, double epsilon, int found)
{
  const double slack = 1e-5;
  gsize stop = found < 0 ? row + 1 : (gsize)found;
  g_assert_cmpint (found, <=, row);
  if (found >= 0)
    g_assert_cmpfloat (fabs (map_cell (map, channel, row, found, FALSE, NULL)), >,
                       epsilon * (1 - slack));
  for (gsize j = 0; j < stop; j++)
    g_assert_cmpfloat (fabs (map_cell (map, channel, row, j, FALSE, NULL)), <=,
                       epsilon * (1 + slack));
}

static void
test_fields (gconstpointer data)
{
  static const double epsilons[] = { 1e-3, 0.1, 1e-8, 1e6, 0 };
  const MapShape *shape = data;
  parity_begin (302);
  MapCase map = map_case_new (shape);
  const gsize count = 5;
  double *rows = parity_zeros (count);
  for (gsize r = 0; r < count; r++)
    rows[r]
        = r == 0 ? shape->tokens - 1 : (gsize)g_rand_int_range (parity.random, 0, shape->tokens);
  for (guint e = 0; e < G_N_ELEMENTS (epsilons); e++) {
    gsize begin = e % 2 ? shape->channels / 2 : 0, channels = shape->channels - begin;
    ScopeOpFields op = { .source = map.source,
                         .rows = parity_tensor (SCOPE_TYPE_I32, count, 1, rows),
                         .epsilon = epsilons[e],
                         .channel_begin = begin,
                         .channel_end = shape->channels,
                         .out = parity_tensor (SCOPE_TYPE_I32, count, channels, NULL) };
    if (!parity_run (SCOPE_OP_FIELDS, &op))
      break;
    const double *found = parity_read (op.out);
    /* At 0 the question is which products underflow: asked of double alone. */
    for (gsize i = 0; i < count * channels && (epsilons[e] > 0 || parity.real == SCOPE_TYPE_F64);
         i++)
      check_field (&map, begin + i % channels, rows[i / channels], epsilons[e], found[i]);
  }
  parity_end ();
}

/* One slow state: a bound on many cells is the largest of them, and nothing is passed over that is
 * only a little above epsilon. */
static const MapShape tight = { 150, 60, 1, 1, FALSE, 1e-4, 1e-3, 1e-4, 1e-3 };

void
parity_add_map (void)
{
  g_test_add_data_func ("/fields/tight", &tight, test_fields);
  for (gsize i = 0; i < n_map_shapes; i++) {
    const MapShape *shape = &map_shapes[i];
    g_autofree char *name
        = g_strdup_printf ("T%zu-H%zu-N%zu-G%zu%s", shape->tokens, shape->channels, shape->states,
                           shape->groups, shape->one_rate ? "-one-rate" : "");
    g_autofree char *attention = g_strconcat ("/attention/", name, NULL);
    g_autofree char *fields = g_strconcat ("/fields/", name, NULL);
    g_test_add_data_func (attention, shape, test_attention);
    g_test_add_data_func (fields, shape, test_fields);
  }
}
