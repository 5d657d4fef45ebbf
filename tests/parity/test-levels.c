/* 8-bit levels of ATTENTION, OVERVIEW and THUMBNAILS against the shade's definition, and THUMBNAILS
 * against OVERVIEW. The reals that are shaded have tests of their own. */
#include "map-case.h"

#define CLAMP_PLACE(x) fmin (fmax (x, 0), 1)

static double
symlog (double size)
{
  return size <= 1 ? size : 1 + log10 (size);
}

/* ScopeShade in compute/backend.h. */
static double
place_of (const ScopeShade *shade, double value)
{
  double size = fabs (value) / shade->low;
  switch (shade->kind) {
  case SCOPE_SHADE_LINEAR:
    return CLAMP_PLACE ((value - shade->low) / (shade->high - shade->low));
  case SCOPE_SHADE_LOG:
    return CLAMP_PLACE (log (size) / log (shade->high / shade->low));
  default:
    size = symlog (size) / symlog (shade->high / shade->low);
    return CLAMP_PLACE (0.5 + (value < 0 ? -size : size) / 2);
  }
}

/* A level is the nearest whole number to 255 place, which a float's logarithm moves by less than
 * 1e-3. */
static void
check_levels (const char *what, const ScopeShade *shade, const double *reals, const double *levels,
              gsize count)
{
  for (gsize i = 0; i < count; i++) {
    double wanted = 255 * place_of (shade, reals[i]);
    if (!(fabs (levels[i] - wanted) <= 0.5 + 1e-3))
      g_error ("%s, shade %d: element %" G_GSIZE_FORMAT ": %.9g is level %.4f, found %g", what,
               (int)shade->kind, i, reals[i], wanted, levels[i]);
  }
}

static double
largest (const double *values, gsize count)
{
  double most = 0;
  for (gsize i = 0; i < count; i++)
    most = fmax (most, fabs (values[i]));
  return most;
}

/* Shades that clip some values at both ends. */
static ScopeShade
shade_for (ScopeShadeKind kind, double top)
{
  static const double lows[] = { -0.25, 1e-5, 1e-4 };
  return (ScopeShade){ kind, lows[kind] * top, 0.75 * top };
}

/* Runs OP into reals, then into levels under every shade. */
static void
check_op (const char *what, ScopeOp code, void *op, ScopeTensor *out, ScopeShade *shade, gsize rows,
          gsize columns)
{
  *out = parity_real (rows, columns, NULL);
  if (!parity_run (code, op))
    return;
  const double *reals = parity_read (*out);
  double top = fmax (largest (reals, rows * columns), 1e-30);
  for (int kind = SCOPE_SHADE_LINEAR; kind <= SCOPE_SHADE_SYMLOG; kind++) {
    *shade = shade_for (kind, top);
    *out = parity_tensor (SCOPE_TYPE_U8, rows, columns, NULL);
    if (parity_run (code, op))
      check_levels (what, shade, reals, parity_read (*out), rows * columns);
  }
}

static void
check_all (const MapCase *map, gsize rows, gsize columns)
{
  gsize tokens = map->shape->tokens, channels = map->shape->channels;
  ScopeOpAttention tile = { .source = map->source,
                            .channel = channels - 1,
                            .row_begin = tokens - rows,
                            .column_begin = (tokens - columns) / 2 };
  check_op ("attention", SCOPE_OP_ATTENTION, &tile, &tile.out, &tile.shade, rows, columns);
  for (int reduce = SCOPE_REDUCE_MEAN; reduce <= SCOPE_REDUCE_ABSMAX; reduce++) {
    ScopeOpOverview overview
        = { .source = map->source, .row_end = tokens, .column_end = tokens, .reduce = reduce };
    ScopeOpThumbnails thumbnails
        = { .source = map->source, .channel_end = channels, .reduce = reduce };
    check_op ("overview", SCOPE_OP_OVERVIEW, &overview, &overview.out, &overview.shade, rows,
              columns);
    check_op ("thumbnails", SCOPE_OP_THUMBNAILS, &thumbnails, &thumbnails.out, &thumbnails.shade,
              channels * rows, columns);
  }
}

static void
test_levels (gconstpointer data)
{
  const MapShape *shape = data;
  parity_begin (501);
  MapCase map = map_case_new (shape);
  check_all (&map, (shape->tokens + 1) / 2, (shape->tokens + 2) / 3);
  parity.guard = 8; /* four levels at a time, where the columns allow it */
  if (shape->tokens >= 4)
    check_all (&map, (shape->tokens + 2) / 3, shape->tokens / 4 * 4);
  parity_end ();
}

/* A level has no place for a NaN: 0. */
static void
test_nan_level (void)
{
  static const MapShape shape = { 20, 1, 3, 1, FALSE, 0.1, 1, 0.01, 0.1 };
  parity_begin (502);
  MapCase map = map_case_new (&shape);
  for (gsize n = 0; n < shape.states; n++)
    map.c[7 * shape.states + n] = NAN;
  ScopeOpAttention op = { .source = map.source,
                          .shade = { SCOPE_SHADE_LINEAR, -1e6, -1e5 },
                          .out = parity_tensor (SCOPE_TYPE_U8, 20, 20, NULL) };
  op.source.c = parity_real (20, 3, map.c);
  if (parity_run (SCOPE_OP_ATTENTION, &op)) {
    const double *levels = parity_read (op.out);
    for (gsize i = 0; i < 400; i++)
      g_assert_cmpfloat (levels[i], ==,
                         i / 20 == 7 && i % 20 <= 7 && map.delta[i % 20] > 0 ? 0 : 255);
  }
  parity_end ();
}

static void
check_thumbnails (const MapCase *map, gsize begin, gsize end, gsize rows, gsize columns,
                  ScopeReduce reduce, gsize sample)
{
  gsize tokens = map->shape->tokens, count = rows * columns;
  ScopeOpThumbnails op = { .source = map->source,
                           .channel_begin = begin,
                           .channel_end = end,
                           .reduce = reduce,
                           .sample = sample,
                           .without_delta = sample % 2,
                           .out = parity_real ((end - begin) * rows, columns, NULL) };
  if (!parity_run (SCOPE_OP_THUMBNAILS, &op))
    return;
  const double *got = parity_read (op.out);
  for (gsize channel = begin; channel < end; channel++) {
    ScopeOpOverview one = { .source = map->source,
                            .channel = channel,
                            .row_end = tokens,
                            .column_end = tokens,
                            .reduce = reduce,
                            .sample = sample,
                            .without_delta = sample % 2,
                            .out = parity_real (rows, columns, NULL) };
    g_assert_true (parity_run (SCOPE_OP_OVERVIEW, &one));
    /* The same sums, which may be cut otherwise. */
    parity_close ("thumbnails", got + (channel - begin) * count, parity_read (one.out), count,
                  16 * parity.epsilon);
  }
}

static void
test_thumbnails (gconstpointer data)
{
  const MapShape *shape = data;
  gsize tokens = shape->tokens, channels = shape->channels;
  parity_begin (503);
  MapCase map = map_case_new (shape);
  for (int reduce = SCOPE_REDUCE_MEAN; reduce <= SCOPE_REDUCE_ABSMAX; reduce++)
    for (gsize sample = 0; sample <= 3; sample += 3) {
      check_thumbnails (&map, 0, channels, MIN (tokens, 16), MIN (tokens, 16), reduce, sample);
      check_thumbnails (&map, channels / 2, channels, 1, MIN (tokens, 3), reduce, sample);
      check_thumbnails (&map, channels - 1, channels, MIN (tokens, 40), 1, reduce, sample);
    }
  parity_end ();
}

void
parity_add_levels (void)
{
  for (gsize i = 0; i < n_map_shapes; i++) {
    const MapShape *shape = &map_shapes[i];
    g_autofree char *name
        = g_strdup_printf ("T%zu-H%zu-N%zu-G%zu%s", shape->tokens, shape->channels, shape->states,
                           shape->groups, shape->one_rate ? "-one-rate" : "");
    g_autofree char *levels = g_strconcat ("/levels/", name, NULL);
    g_autofree char *thumbnails = g_strconcat ("/thumbnails/", name, NULL);
    if (shape->tokens < 200) /* a level does not depend on the length */
      g_test_add_data_func (levels, shape, test_levels);
    g_test_add_data_func (thumbnails, shape, test_thumbnails);
  }
  g_test_add_func ("/levels/nan", test_nan_level);
}
