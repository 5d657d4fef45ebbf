/* OVERVIEW: every reduction against the dense map's own blocks. */
#include "map-case.h"

typedef struct {
  gsize row_begin, row_end, column_begin, column_end, rows, columns;
} Cut;

/* All cells of one channel, once: what each case reduces. */
typedef struct {
  gsize tokens;
  double *value, *size;
} Dense;

static Dense
dense_map (const MapCase *map, gsize channel)
{
  gsize tokens = map->shape->tokens;
  Dense dense = { tokens, parity_zeros (tokens * tokens), parity_zeros (tokens * tokens) };
  for (gsize i = 0; i < tokens; i++)
    for (gsize j = 0; j <= i; j++)
      dense.value[i * tokens + j]
          = map_cell (map, channel, i, j, FALSE, &dense.size[i * tokens + j]);
  return dense;
}

/* The K-th of the positions that a sample of TAKEN takes of COUNT cells. */
static gsize
sampled (gsize begin, gsize count, gsize taken, gsize k)
{
  return begin + (taken > 1 ? k * (count - 1) / (taken - 1) : 0);
}

/* One block: its reduction, and the sum or the largest of its terms' sizes. */
static double
reduce_block (const Dense *dense, gsize r0, gsize r1, gsize c0, gsize c1, ScopeReduce reduce,
              gsize sample, double *size)
{
  gsize rows = sample > 0 ? MIN (sample, r1 - r0) : r1 - r0;
  gsize columns = sample > 0 ? MIN (sample, c1 - c0) : c1 - c0;
  double result = 0;
  *size = 0;
  for (gsize a = 0; a < rows; a++)
    for (gsize b = 0; b < columns; b++) {
      gsize at = sampled (r0, r1 - r0, rows, a) * dense->tokens + sampled (c0, c1 - c0, columns, b);
      double value = dense->value[at];
      *size
          = reduce == SCOPE_REDUCE_ABSMAX ? fmax (*size, dense->size[at]) : *size + dense->size[at];
      if (reduce == SCOPE_REDUCE_ABSMAX)
        result = fmax (result, fabs (value));
      else
        result += reduce == SCOPE_REDUCE_ABSMEAN ? fabs (value) : value;
    }
  if (reduce == SCOPE_REDUCE_ABSMAX)
    return result;
  *size /= rows * columns;
  return result / (rows * columns);
}

static void
check_cut (const MapCase *map, const Dense *dense, gsize channel, const Cut *cut,
           ScopeReduce reduce, gsize sample)
{
  gsize count = cut->rows * cut->columns;
  gsize height = cut->row_end - cut->row_begin, width = cut->column_end - cut->column_begin;
  double *expected = parity_zeros (count), *bound = parity_zeros (count);
  for (gsize i = 0; i < count; i++) {
    gsize p = i / cut->columns, q = i % cut->columns;
    expected[i] = reduce_block (dense, cut->row_begin + height * p / cut->rows,
                                cut->row_begin + height * (p + 1) / cut->rows,
                                cut->column_begin + width * q / cut->columns,
                                cut->column_begin + width * (q + 1) / cut->columns, reduce,
                                reduce == SCOPE_REDUCE_MEAN ? 0 : sample, &bound[i]);
    /* The mean is made in double and rounded once, and so is exact even where the terms cancel. A
     * cell of e^-x carries x roundings of its exponent: 80 of them before it underflows. */
    if (reduce == SCOPE_REDUCE_MEAN)
      bound[i] = 2 * parity.epsilon * fabs (expected[i]) + 1e-12 * bound[i] + 1e-44;
    else
      bound[i] = (100 + sqrt (map->shape->states)) * parity.epsilon * bound[i] + 1e-36;
  }
  ScopeOpOverview op = { .source = map->source,
                         .channel = channel,
                         .row_begin = cut->row_begin,
                         .row_end = cut->row_end,
                         .column_begin = cut->column_begin,
                         .column_end = cut->column_end,
                         .reduce = reduce,
                         .sample = sample,
                         .out = parity_real (cut->rows, cut->columns, NULL) };
  if (parity_run (SCOPE_OP_OVERVIEW, &op))
    parity_compare ("overview", parity_read (op.out), expected, bound, FALSE, count, INFINITY);
}

static void
test_overview (gconstpointer data)
{
  const MapShape *shape = data;
  gsize tokens = shape->tokens, half = tokens / 2;
  parity_begin (401);
  MapCase map = map_case_new (shape);
  gsize channel = shape->channels - 1;
  Dense dense = dense_map (&map, channel);
  const Cut cuts[] = {
    { 0, tokens, 0, tokens, 1, 1 },
    { 0, tokens, 0, tokens, MIN (tokens, 7), MIN (tokens, 7) },
    { 0, tokens, 0, tokens, tokens, tokens },
    { 0, tokens, 0, tokens, MIN (tokens, 3), MIN (tokens, 50) },
    { 0, tokens, 0, tokens, MIN (tokens, 50), 1 },
    { half, tokens, 0, half + 1, MIN (tokens - half, 5), MIN (half + 1, 9) },
    { 0, half + 1, half, tokens, 1, MIN (tokens - half, 2) },
    { tokens / 3, tokens, tokens / 4, half + 1, 1, 1 },
    { tokens - 1, tokens, 0, tokens, 1, MIN (tokens, 11) },
    { 0, tokens, half, half + 1, MIN (tokens, 13), 1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++)
    for (int reduce = SCOPE_REDUCE_MEAN; reduce <= SCOPE_REDUCE_ABSMAX; reduce++)
      for (gsize sample = 0; sample <= 3; sample++)
        check_cut (&map, &dense, channel, &cuts[i], reduce, sample);
  parity_end ();
}

void
parity_add_overview (void)
{
  for (gsize i = 0; i < n_map_shapes; i++) {
    const MapShape *shape = &map_shapes[i];
    g_autofree char *name
        = g_strdup_printf ("/overview/T%zu-H%zu-N%zu-G%zu%s", shape->tokens, shape->channels,
                           shape->states, shape->groups, shape->one_rate ? "-one-rate" : "");
    g_test_add_data_func (name, shape, test_overview);
  }
}
