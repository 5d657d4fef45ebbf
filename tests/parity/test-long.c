/* Maps of long texts, where only what costs linear work can be asked: the exact mean, and fields.
 */
#include "map-case.h"

/* Exact block means by the recurrence g[n] = exp (A Δ_i) g[n] + Δ_i B_i over each block's columns,
 * and beside them the same sums of absolute values, which rounding errors are relative to. */
static void
mean_reference (const MapCase *map, gsize channel, gsize rows, gsize columns, double *mean,
                double *size)
{
  const MapShape *shape = map->shape;
  gsize tokens = shape->tokens, states = shape->states;
  for (gsize q = 0; q < columns; q++) {
    double *g = g_new0 (double, 2 * states);
    for (gsize i = tokens * q / columns; i < tokens; i++) {
      double delta = map->delta[i * shape->channels + channel];
      double weight = i < tokens * (q + 1) / columns ? delta : 0;
      gsize at = ((i + 1) * rows - 1) / tokens * columns + q;
      for (gsize n = 0; n < states; n++) {
        double rate = map->a[channel * map->rates + (shape->one_rate ? 0 : n)];
        double decay = exp (rate * delta), b = map->b[i * states + n], c = map->c[i * states + n];
        g[n] = decay * g[n] + weight * b;
        g[states + n] = decay * g[states + n] + fabs (weight * b);
        mean[at] += c * g[n];
        size[at] += fabs (c) * g[states + n];
      }
    }
    g_free (g);
  }
}

static void
test_mean (gconstpointer data)
{
  const MapShape *shape = data;
  const gsize rows = 5, columns = 7, tokens = shape->tokens;
  parity_begin (701);
  MapCase map = map_case_new (shape);
  double *expected = parity_zeros (rows * columns), *bound = parity_zeros (rows * columns);
  mean_reference (&map, 1, rows, columns, expected, bound);
  for (gsize i = 0; i < rows * columns; i++) {
    gsize p = i / columns, q = i % columns;
    gsize height = tokens * (p + 1) / rows - tokens * p / rows;
    gsize width = tokens * (q + 1) / columns - tokens * q / columns;
    double cells = (double)(height * width);
    expected[i] /= cells;
    /* Sums in double of up to 65,536 terms, decays that are products of as many. */
    bound[i] = 2 * parity.epsilon * fabs (expected[i]) + 1e-10 * bound[i] / cells + 1e-44;
  }
  ScopeOpOverview op = { .source = map.source,
                         .channel = 1,
                         .row_end = tokens,
                         .column_end = tokens,
                         .reduce = SCOPE_REDUCE_MEAN,
                         .out = parity_real (rows, columns, NULL) };
  if (parity_run (SCOPE_OP_OVERVIEW, &op))
    parity_compare ("mean", parity_read (op.out), expected, bound, FALSE, rows * columns, INFINITY);
  parity_end ();
}

/* α[i,j] from the prefix sums: near enough in double for a test of which cell comes first. */
static double
long_cell (const MapCase *map, gsize channel, gsize i, gsize j)
{
  const MapShape *shape = map->shape;
  gsize states = shape->states, channels = shape->channels;
  double distance = map->prefix[i * channels + channel] - map->prefix[j * channels + channel];
  double sum = 0;
  for (gsize n = 0; n < states; n++)
    sum += map->c[i * states + n] * map->b[j * states + n]
           * exp (map->a[channel * map->rates + (shape->one_rate ? 0 : n)] * distance);
  return sum * map->delta[j * channels + channel];
}

static void
test_fields (gconstpointer data)
{
  const MapShape *shape = data;
  const gsize count = 3, channels = shape->channels;
  const double epsilon = 1e-3, slack = 1e-5;
  parity_begin (702);
  MapCase map = map_case_new (shape);
  const gsize asked[] = { shape->tokens - 1, shape->tokens / 3, shape->tokens / 2 };
  const double rows[] = { (double)asked[0], (double)asked[1], (double)asked[2] };
  ScopeOpFields op = { .source = map.source,
                       .rows = parity_tensor (SCOPE_TYPE_I32, count, 1, rows),
                       .epsilon = epsilon,
                       .channel_end = channels,
                       .out = parity_tensor (SCOPE_TYPE_I32, count, channels, NULL) };
  if (parity_run (SCOPE_OP_FIELDS, &op)) {
    const double *found = parity_read (op.out);
    for (gsize k = 0; k < count * channels; k++) {
      gsize i = asked[k / channels], stop = found[k] < 0 ? i + 1 : (gsize)found[k];
      for (gsize j = 0; j < stop; j++)
        g_assert_cmpfloat (fabs (long_cell (&map, k % channels, i, j)), <=, epsilon * (1 + slack));
      if (found[k] >= 0)
        g_assert_cmpfloat (fabs (long_cell (&map, k % channels, i, stop)), >,
                           epsilon * (1 - slack));
    }
  }
  parity_end ();
}

/* A whole map, and its largest |α| in 512 x 512 blocks: cells and blocks here and there. */
static void
test_whole (gconstpointer data)
{
  const MapShape *shape = data;
  const gsize tokens = shape->tokens, blocks = 512;
  parity_begin (703);
  MapCase map = map_case_new (shape);
  ScopeOpAttention op = { .source = map.source, .out = parity_real (tokens, tokens, NULL) };
  ScopeOpOverview overview = { .source = map.source,
                               .row_end = tokens,
                               .column_end = tokens,
                               .reduce = SCOPE_REDUCE_ABSMAX,
                               .out = parity_real (blocks, blocks, NULL) };
  if (!parity_run (SCOPE_OP_ATTENTION, &op) || !parity_run (SCOPE_OP_OVERVIEW, &overview))
    return parity_end ();
  const double *cells = parity_read (op.out), *most = parity_read (overview.out);
  for (int k = 0; k < 300; k++) {
    gsize p = g_rand_int_range (parity.random, 0, blocks);
    gsize q = k % 3 == 0 ? p : (gsize)g_rand_int_range (parity.random, 0, p + 1);
    double largest = 0;
    for (gsize i = tokens * p / blocks; i < tokens * (p + 1) / blocks; i++)
      for (gsize j = tokens * q / blocks; j < tokens * (q + 1) / blocks; j++) {
        double value = j <= i ? long_cell (&map, 0, i, j) : 0;
        /* Terms of C B Δ up to about 1; 30 roundings of them. */
        g_assert_cmpfloat (fabs (cells[i * tokens + j] - value), <=, 30 * parity.epsilon);
        largest = fmax (largest, fabs (value));
      }
    g_assert_cmpfloat (fabs (most[p * blocks + q] - largest), <=, 30 * parity.epsilon);
  }
  parity_end ();
}

/* Slow channels among them: fields that begin far back. */
static const MapShape shapes[] = {
  { 5003, 2, 16, 1, FALSE, 1e-4, 4, 1e-4, 0.05 },
  { 65536, 2, 4, 1, FALSE, 1e-5, 1, 1e-4, 0.05 },
  { 65521, 2, 16, 1, TRUE, 1e-4, 1, 1e-4, 0.05 },
};

/* Long enough for strips of tiles on a large device; not more than fits a small one. */
static const MapShape wholes[] = {
  { 6151, 1, 16, 1, FALSE, 1e-3, 4, 1e-4, 0.02 },
  { 6151, 1, 32, 1, TRUE, 1e-3, 4, 1e-4, 0.02 },
};

void
parity_add_long (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wholes); i++)
    if (wholes[i].tokens <= parity.longest)
      g_test_add_data_func (wholes[i].one_rate ? "/long/whole-one-rate" : "/long/whole", &wholes[i],
                            test_whole);
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
    if (shapes[i].tokens > parity.longest)
      continue;
    g_autofree char *mean = g_strdup_printf ("/long/mean-%zu", shapes[i].tokens);
    g_autofree char *fields = g_strdup_printf ("/long/fields-%zu", shapes[i].tokens);
    g_test_add_data_func (mean, &shapes[i], test_mean);
    g_test_add_data_func (fields, &shapes[i], test_fields);
  }
}
