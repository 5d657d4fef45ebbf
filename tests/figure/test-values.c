/* Norms, ticks, palettes, the map image, NPY and CSV. */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "export/csv.h"
#include "export/figure.h"
#include "export/normalise.h"
#include "export/npy.h"
#include "export/number.h"
#include "test-support.h"

static ScopeMatrix *
random_matrix (ScopeReal real, gsize rows, gsize columns, GRand *random)
{
  ScopeMatrix *matrix = scope_matrix_new (real, rows, columns, NULL);
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < columns; c++)
      scope_matrix_set (matrix, r, c,
                        scope_test_normal (random) * pow (10, scope_test_uniform (random, -8, 1)));
  return matrix;
}

/* --- norms ------------------------------------------------------------------------------------ */

/* Rising, from 0 to 1, and undone by its inverse. */
static void
check_norm (const ScopeNorm *norm)
{
  double before = -1;
  for (int k = 0; k <= 200; k++) {
    double place = k / 200.0, value = scope_norm_invert (norm, place);
    double back = scope_norm_apply (norm, value);
    /* A handful of roundings in logarithms of at most 15 decades. */
    g_assert_cmpfloat_with_epsilon (back, place, 1e-12);
    g_assert_cmpfloat (back, >, before);
    before = back;
  }
  g_assert_true (isnan (scope_norm_apply (norm, NAN)));
  g_assert_cmpfloat (scope_norm_apply (norm, INFINITY), ==, 1);
  g_assert_cmpfloat (scope_norm_apply (norm, norm->high * 7 + 1), ==, 1);
}

static void
test_shown_numbers (void)
{
  static const char *const cases[][2] = { { "1e-05", "10⁻⁵" },  { "2.5e-05", "2.5×10⁻⁵" },
                                          { "-1e+07", "−10⁷" }, { "1e-300", "10⁻³⁰⁰" },
                                          { "11e3", "11×10³" }, { "0.25", "0.25" },
                                          { "-3.0", "−3.0" },   { "default", "default" },
                                          { "1e", "1e" },       { "", "" } };
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++) {
    g_autofree char *shown = scope_show_number (cases[k][0]);
    g_autofree char *read = scope_read_number (shown);
    g_assert_cmpstr (shown, ==, cases[k][1]);
    g_assert_cmpfloat (g_ascii_strtod (read, NULL), ==, g_ascii_strtod (cases[k][0], NULL));
  }
  g_autofree char *zeros = scope_write_significant (-12.1, 4);
  g_autofree char *small = scope_write_significant (0.406, 4);
  g_autofree char *large = scope_write_significant (12345.6, 4);
  g_assert_cmpstr (zeros, ==, "−12.10");
  g_assert_cmpstr (small, ==, "0.4060");
  g_assert_cmpstr (large, ==, "12\u202f346");
}

static void
test_norms (void)
{
  static const ScopeNorm norms[] = {
    { SCOPE_NORM_LINEAR, -3, 5 },     { SCOPE_NORM_LINEAR, 1e-9, 2e-9 },
    { SCOPE_NORM_LOG, 1e-6, 1 },      { SCOPE_NORM_LOG, 0.3, 0.4 },
    { SCOPE_NORM_SYMLOG, 1e-4, 10 },  { SCOPE_NORM_SYMLOG, 0.9, 1 },
    { SCOPE_NORM_POWER, -2, 7, 0.5 }, { SCOPE_NORM_POWER, 0, 1, 3 },
  };
  for (gsize k = 0; k < G_N_ELEMENTS (norms); k++)
    check_norm (&norms[k]);
  ScopeNorm log = norms[2], symlog = norms[4];
  g_assert_cmpfloat (scope_norm_apply (&log, 0), ==, 0);
  g_assert_cmpfloat_with_epsilon (scope_norm_apply (&log, -1e-3), 0.5, 1e-12);
  g_assert_cmpfloat (scope_norm_apply (&symlog, 0), ==, 0.5);
  for (int k = -20; k < 4; k++)
    g_assert_cmpfloat_with_epsilon (
        scope_norm_apply (&symlog, pow (2, k)) + scope_norm_apply (&symlog, -pow (2, k)), 1, 1e-12);
}

static void
test_fit (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (1));
  g_autoptr (ScopeMatrix) matrix = random_matrix (SCOPE_REAL_F32, 37, 23, random);
  g_autoptr (ScopeMatrix) zero = scope_matrix_new (SCOPE_REAL_F32, 3, 3, NULL);
  g_autoptr (ScopeMatrix) empty = scope_matrix_new (SCOPE_REAL_F64, 0, 0, NULL);
  scope_matrix_set (matrix, 3, 4, NAN);
  scope_matrix_set (matrix, 3, 5, -INFINITY);
  scope_matrix_set (matrix, 36, 22, -123);
  for (int kind = 0; kind < SCOPE_N_NORMS; kind++) {
    ScopeNorm norm = scope_norm_fit (kind, matrix), none = scope_norm_fit (kind, zero);
    ScopeNorm nothing = scope_norm_fit (kind, empty);
    gboolean low_end = kind == SCOPE_NORM_LINEAR || kind == SCOPE_NORM_POWER;
    check_norm (&norm);
    if (kind != SCOPE_NORM_RANK) { /* nothing has no ranks */
      check_norm (&none);
      check_norm (&nothing);
    }
    g_assert_cmpfloat (low_end ? norm.low : -norm.high, ==, -123);
    g_assert_cmpstr (scope_norm_name (kind), !=, "");
    ScopeNormKind parsed;
    g_assert_true (scope_norm_parse (scope_norm_name (kind), &parsed));
    g_assert_cmpint (parsed, ==, kind);
  }
}

/* The share of the other magnitudes that are smaller, counted one by one. */
static void
test_rank (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (11));
  enum { ROWS = 41, COLUMNS = 53, COUNT = ROWS * COLUMNS };
  g_autoptr (ScopeMatrix) matrix = random_matrix (SCOPE_REAL_F64, ROWS, COLUMNS, random);
  for (gsize c = 0; c < COLUMNS; c++)
    scope_matrix_set (matrix, 7, c, 0); /* takes no rank */
  ScopeNorm norm = scope_norm_fit (SCOPE_NORM_RANK, matrix);
  g_assert_cmpfloat (scope_norm_apply (&norm, 0), ==, 0);
  for (gsize n = 0; n < 300; n++) {
    double value = scope_matrix_get (matrix, n % 7, n % COLUMNS);
    gsize below = 0;
    for (gsize k = 0; k < COUNT; k++) {
      double other = fabs (scope_matrix_get (matrix, k / COLUMNS, k % COLUMNS));
      below += other > 0 && other < fabs (value);
    }
    /* Between quantiles a 128th apart the place is interpolated. */
    g_assert_cmpfloat_with_epsilon (scope_norm_apply (&norm, value),
                                    (double)below / (COUNT - COLUMNS - 1), 1.0 / 128);
  }
}

/* Values that are the same share the middle of their places. */
static void
test_rank_ties (void)
{
  float values[2][100];
  for (gsize k = 0; k < 100; k++) {
    values[0][k] = -1;
    values[1][k] = 2;
  }
  g_autoptr (ScopeMatrix) matrix
      = scope_matrix_wrap (SCOPE_REAL_F32, values, 2, 100, 100, NULL, NULL);
  ScopeNorm norm = scope_norm_fit (SCOPE_NORM_RANK, matrix);
  /* A place is known to half a 128th. */
  g_assert_cmpfloat_with_epsilon (scope_norm_apply (&norm, 1), 0.25, 1.0 / 128);
  g_assert_cmpfloat_with_epsilon (scope_norm_apply (&norm, -2), 0.75, 1.0 / 128);
}

/* Against the definition: v^γ of the linear place. */
static void
test_power (void)
{
  const ScopeNorm norm = { SCOPE_NORM_POWER, 2, 10, 0.5 };
  g_assert_cmpfloat_with_epsilon (scope_norm_apply (&norm, 4), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (scope_norm_apply (&norm, 2.5), 0.25, 1e-12);
  g_assert_cmpfloat (scope_norm_apply (&norm, -5), ==, 0);
  g_assert_cmpfloat_with_epsilon (scope_norm_invert (&norm, 0.75), 6.5, 1e-12);
}

/* --- normalisations --------------------------------------------------------------------------- */

static void
check_rows (const ScopeMatrix *out, ScopeRange range, ScopeNormalise kind)
{
  for (gsize r = 0; r < scope_matrix_rows (out); r++) {
    double sum = 0;
    for (gsize c = 0; c < scope_matrix_columns (out); c++) {
      double value = scope_matrix_get (out, r, c);
      sum += kind == SCOPE_NORMALISE_SOFTMAX ? value : fabs (value);
      if (c > r)
        g_assert_cmpfloat (value, ==, 0);
    }
    g_assert_cmpfloat_with_epsilon (sum, 1, 1e-12);
  }
}

static void
test_normalise (void)
{
  enum { SIZE = 13 };
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (12));
  g_autoptr (ScopeMatrix) matrix = random_matrix (SCOPE_REAL_F32, SIZE, SIZE, random);
  const ScopeRange range = { 0, SIZE, 0, SIZE };
  g_autoptr (ScopeMatrix) l1 = scope_normalise (matrix, range, SCOPE_NORMALISE_ROW_L1, NULL);
  g_autoptr (ScopeMatrix) softmax = scope_normalise (matrix, range, SCOPE_NORMALISE_SOFTMAX, NULL);
  g_autoptr (ScopeMatrix) minmax = scope_normalise (matrix, range, SCOPE_NORMALISE_MINMAX, NULL);
  check_rows (l1, range, SCOPE_NORMALISE_ROW_L1);
  check_rows (softmax, range, SCOPE_NORMALISE_SOFTMAX);
  double least = 2, most = -1;
  for (gsize r = 1; r < SIZE; r++)
    for (gsize c = 1; c <= r; c++) {
      double here = scope_matrix_get (matrix, r, c), first = scope_matrix_get (matrix, r, 0);
      /* Ratios within a row are those of the values, or of their exponentials. */
      g_assert_cmpfloat_with_epsilon (scope_matrix_get (l1, r, c) * first,
                                      scope_matrix_get (l1, r, 0) * here, 1e-9);
      g_assert_cmpfloat_with_epsilon (
          log (scope_matrix_get (softmax, r, c) / scope_matrix_get (softmax, r, 0)), here - first,
          1e-9);
    }
  for (gsize r = 0; r < SIZE; r++)
    for (gsize c = 0; c <= r; c++) {
      least = MIN (least, scope_matrix_get (minmax, r, c));
      most = MAX (most, scope_matrix_get (minmax, r, c));
    }
  g_assert_cmpfloat (least, ==, 0);
  g_assert_cmpfloat (most, ==, 1);
}

/* Against the definition: a block is causal if any of its cells is on or below the diagonal. */
static void
test_causal_cells (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (13));
  for (int n = 0; n < 500; n++) {
    gsize row = (gsize)g_rand_int_range (random, 0, 40);
    gsize column = (gsize)g_rand_int_range (random, 0, 40);
    gsize high = (gsize)g_rand_int_range (random, 1, 60),
          wide = (gsize)g_rand_int_range (random, 1, 60);
    gsize rows = 1 + (gsize)g_rand_int_range (random, 0, (gint32)high);
    gsize columns = 1 + (gsize)g_rand_int_range (random, 0, (gint32)wide);
    rows = MIN (rows, high);
    columns = MIN (columns, wide);
    ScopeRange range = { row, row + high, column, column + wide };
    for (gsize r = 0; r < rows; r++) {
      gsize count = 0;
      for (gsize c = 0; c < columns; c++)
        count += column + wide * c / columns <= row + high * (r + 1) / rows - 1;
      g_assert_cmpuint (scope_causal_cells (range, rows, columns, r), ==, count);
    }
  }
}

/* --- ticks ------------------------------------------------------------------------------------ */

/* In order, inside, on a step of 1, 2, 2.5 or 5 times a power of ten, and no fewer than a third of
 * what was allowed (a coarser step than needed would be a waste). */
static void
check_axis_ticks (double low, double high, gsize max)
{
  double tick[16];
  gsize count = scope_axis_ticks (low, high, tick, max);
  g_assert_cmpuint (count, >=, MAX (1, max / 3));
  g_assert_cmpuint (count, <=, max);
  if (count < 2)
    return;
  double step = tick[1] - tick[0], tiny = 1e-6 * step;
  double mantissa = step / pow (10, floor (log10 (step) + 1e-9));
  static const double allowed[] = { 1, 2, 2.5, 5 };
  gboolean good = FALSE;
  for (gsize k = 0; k < G_N_ELEMENTS (allowed); k++)
    good |= fabs (mantissa - allowed[k]) < 1e-6;
  g_assert_true (good);
  for (gsize k = 0; k < count; k++) {
    g_assert_cmpfloat (tick[k], >=, low - tiny);
    g_assert_cmpfloat (tick[k], <=, high + tiny);
    g_assert_cmpfloat_with_epsilon (tick[k] / step, round (tick[k] / step), 1e-6);
    if (k > 0)
      g_assert_cmpfloat_with_epsilon (tick[k] - tick[k - 1], step, tiny);
  }
}

static void
test_axis_ticks (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (2));
  for (int n = 0; n < 2000; n++) {
    double size = pow (10, scope_test_uniform (random, -12, 12));
    double low = scope_test_uniform (random, -3, 3) * size;
    double high = low + size * scope_test_uniform (random, 0.05, 4);
    check_axis_ticks (low, high, (gsize)g_rand_int_range (random, 2, 12));
  }
  double tick[8];
  g_assert_cmpuint (scope_axis_ticks (0, 0.6, tick, 7), ==, 7);
  g_assert_cmpfloat (tick[3], ==, 0.3); /* not 0.30000000000000004 */
  g_assert_cmpuint (scope_axis_ticks (4, 4, tick, 7), ==, 1);
  g_assert_cmpuint (scope_axis_ticks (0, 1, tick, 0), ==, 0);
  g_assert_cmpuint (scope_axis_ticks (-INFINITY, 1, tick, 7), ==, 0);
}

static void
test_norm_ticks (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (3));
  for (int n = 0; n < 2000; n++) {
    ScopeNormKind kind = (ScopeNormKind)g_rand_int_range (random, 0, SCOPE_N_NORMS);
    double high = pow (10, scope_test_uniform (random, -9, 9));
    ScopeNorm norm = { kind, high * pow (10, -scope_test_uniform (random, 0.1, 12)), high, 0.5 };
    for (int knot = 0; knot < SCOPE_RANK_KNOTS; knot++)
      norm.knot[knot] = norm.low + (norm.high - norm.low) * pow (knot / 128.0, 3);
    gsize max = (gsize)g_rand_int_range (random, 3, 12);
    double tick[16];
    gsize count = scope_norm_ticks (&norm, tick, max);
    g_assert_cmpuint (count, >=, 1);
    g_assert_cmpuint (count, <=, max);
    for (gsize k = 0; k < count; k++) {
      double place = scope_norm_apply (&norm, tick[k]);
      if (k > 0)
        g_assert_cmpfloat (tick[k], >, tick[k - 1]);
      /* Inside: going there and back gives the tick. */
      g_assert_cmpfloat_with_epsilon (scope_norm_invert (&norm, place), tick[k], 1e-6 * high);
    }
  }
  ScopeNorm log = { SCOPE_NORM_LOG, 1e-6, 1 }, symlog = { SCOPE_NORM_SYMLOG, 1e-4, 1 };
  double tick[16];
  g_assert_cmpuint (scope_norm_ticks (&log, tick, 7), ==, 7);
  g_assert_cmpfloat (tick[0], ==, 1e-6);
  gsize count = scope_norm_ticks (&symlog, tick, 9);
  g_assert_cmpfloat (tick[count / 2], ==, 0);
  for (gsize k = 0; k < count; k++)
    g_assert_cmpfloat (tick[k], ==, -tick[count - 1 - k]);
}

static void
test_labels (void)
{
  static const struct {
    double value;
    gboolean superscript;
    const char *text;
  } cases[] = {
    { 0, FALSE, "0" },
    { 0.05, FALSE, "0.05" },
    { 2048, FALSE, "2048" },
    { 9999, FALSE, "9999" },
    { 10000, FALSE, "10\u202f000" },
    { -0.5, FALSE, "−0.5" },
    { 1e-3, FALSE, "1e-3" },
    { 1234567, FALSE, "1\u202f234\u202f567" },
    { 1e-3, TRUE, "10⁻³" },
    { 1, TRUE, "10⁰" },
    { 1e12, TRUE, "10¹²" },
    { -2e-7, TRUE, "−2×10⁻⁷" },
    { 0.30000000000000004, FALSE, "0.3" },
    { 0, TRUE, "0" },
    { 999, FALSE, "999" },
    { 2.5e9, FALSE, "2.5e9" },
    { NAN, FALSE, "NaN" },
    { -INFINITY, TRUE, "−∞" },
  };
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++) {
    g_autofree char *text = scope_tick_label (cases[k].value, cases[k].superscript);
    g_assert_cmpstr (text, ==, cases[k].text);
  }
  g_autofree char *plain = scope_ungroup_thousands ("(1\u202f234\u202f567, 89)");
  g_assert_cmpstr (plain, ==, "(1234567, 89)");
}

/* --- palettes --------------------------------------------------------------------------------- */

/* CIE lightness of an sRGB colour. */
static double
lightness (guint32 argb)
{
  static const double weight[] = { 0.2126, 0.7152, 0.0722 };
  double y = 0;
  for (int k = 0; k < 3; k++) {
    double c = (argb >> (16 - 8 * k) & 0xff) / 255.0;
    y += weight[k] * (c <= 0.04045 ? c / 12.92 : pow ((c + 0.055) / 1.055, 2.4));
  }
  return y > 0.008856 ? 116 * cbrt (y) - 16 : 903.3 * y;
}

/* Sequential maps go one way in lightness, so that they survive a black-and-white printer. An 8-bit
 * step of blue alone moves lightness by less than 0.05. */
static void
check_sequential (ScopePalette palette)
{
  double first = lightness (scope_palette_colour (palette, 0));
  double last = lightness (scope_palette_colour (palette, 1));
  double sign = last > first ? 1 : -1, before = first;
  g_assert_cmpfloat (fabs (last - first), >, 60);
  for (int k = 1; k < 256; k++) {
    double now = lightness (scope_palette_colour (palette, k / 255.0));
    g_assert_cmpfloat (sign * (now - before), >, -0.05);
    before = now;
  }
}

static void
test_palettes (void)
{
  for (int p = 0; p < SCOPE_N_PALETTES; p++) {
    ScopePalette parsed;
    g_assert_true (scope_palette_parse (scope_palette_name (p), &parsed));
    g_assert_cmpint (parsed, ==, p);
    g_assert_cmphex (scope_palette_colour (p, NAN), ==, SCOPE_NAN_COLOUR);
    g_assert_cmphex (scope_palette_colour (p, -1), ==, scope_palette_colour (p, 0));
    g_assert_cmphex (scope_palette_colour (p, INFINITY), ==, scope_palette_colour (p, 1));
    for (int k = 0; k < 256; k++)
      g_assert_cmphex (scope_palette_colour (p, k / 255.0) >> 24, ==, 0xff);
    if (p != SCOPE_PALETTE_BALANCE)
      check_sequential (p);
  }
  g_assert_false (scope_palette_parse ("jet", &(ScopePalette){ 0 }));
}

/* Published end colours: viridis' first and last, magma's last, cividis' first. */
static void
test_palette_sources (void)
{
  g_assert_cmphex (scope_palette_colour (SCOPE_PALETTE_VIRIDIS, 0), ==, 0xff440154);
  static const struct {
    ScopePalette palette;
    double t;
    guint32 colour;
  } published[] = {
    { SCOPE_PALETTE_VIRIDIS, 1, 0xfde725 }, { SCOPE_PALETTE_VIRIDIS, 128 / 255.0, 0x21918c },
    { SCOPE_PALETTE_MAGMA, 1, 0xfcfdbf },   { SCOPE_PALETTE_MAGMA, 128 / 255.0, 0xb73779 },
    { SCOPE_PALETTE_CIVIDIS, 0, 0x00224e }, { SCOPE_PALETTE_CIVIDIS, 128 / 255.0, 0x7d7c78 },
  };
  for (gsize k = 0; k < G_N_ELEMENTS (published); k++) {
    guint32 colour = scope_palette_colour (published[k].palette, published[k].t);
    for (int shift = 0; shift < 24; shift += 8)
      /* palette.c states a largest error of 4.6 levels. */
      g_assert_cmpint (
          abs ((int)(colour >> shift & 0xff) - (int)(published[k].colour >> shift & 0xff)), <=, 5);
  }
}

/* Both arms of the diverging map are as dark at the same distance, and its middle is nearly white.
 */
static void
test_balance (void)
{
  ScopePalette p = SCOPE_PALETTE_BALANCE;
  g_assert_cmpfloat (lightness (scope_palette_colour (p, 0.5)), >, 94);
  double before = 101;
  for (int k = 128; k < 256; k++) {
    double right = lightness (scope_palette_colour (p, k / 255.0));
    double left = lightness (scope_palette_colour (p, 1 - k / 255.0));
    /* OKLab's lightness and CIE's agree to a few units over hues. */
    g_assert_cmpfloat_with_epsilon (left, right, 5);
    g_assert_cmpfloat (right, <, before + 0.05);
    before = right;
  }
}

/* --- map image -------------------------------------------------------------------------------- */

static guint32
image_cell (cairo_surface_t *image, gsize row, gsize column)
{
  const unsigned char *data = cairo_image_surface_get_data (image);
  return ((const guint32 *)(data + row * (gsize)cairo_image_surface_get_stride (image)))[column];
}

/* The palette's colour at the norm's place, or that of a neighbour among its 256: the painter
 * rounds twice. */
static void
check_cell (guint32 colour, ScopePalette palette, const ScopeNorm *norm, double value)
{
  double place = scope_norm_apply (norm, value);
  gboolean found = isnan (value) && colour == SCOPE_NAN_COLOUR;
  for (int step = -1; step <= 1; step++)
    found |= colour == scope_palette_colour (palette, place + step / 255.0);
  if (!found)
    g_error ("%s norm from %g to %g: %g has the colour %08x", scope_norm_name (norm->kind),
             norm->low, norm->high, value, colour);
}

/* Every cell has the colour that norm and palette give one by one, and is transparent exactly if
 * all its tokens lie above the diagonal. */
static void
check_image (const ScopeMatrix *matrix, ScopeRange range, ScopePalette palette,
             const ScopeNorm *norm)
{
  gsize rows = scope_matrix_rows (matrix), columns = scope_matrix_columns (matrix);
  cairo_surface_t *image = scope_map_image (matrix, range, palette, norm);
  g_assert_cmpint (cairo_image_surface_get_width (image), ==, (int)columns);
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < columns; c++) {
      gsize last = range.row_begin + (range.row_end - range.row_begin) * (r + 1) / rows - 1;
      gsize first = range.column_begin + (range.column_end - range.column_begin) * c / columns;
      guint32 colour = image_cell (image, r, c);
      if (first > last)
        g_assert_cmphex (colour, ==, 0);
      else
        check_cell (colour, palette, norm, scope_matrix_get (matrix, r, c));
    }
  cairo_surface_destroy (image);
}

static void
test_map_image (void)
{
  static const struct {
    gsize rows, columns;
    ScopeRange range;
  } shapes[] = {
    { 1, 1, { 0, 1, 0, 1 } },       { 7, 7, { 0, 7, 0, 7 } },
    { 13, 13, { 0, 101, 0, 101 } }, { 5, 17, { 40, 45, 30, 47 } },
    { 11, 3, { 0, 11, 20, 23 } },   { 64, 31, { 1000, 1997, 500, 1603 } },
    { 9, 9, { 100, 200, 0, 50 } },
  };
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (4));
  for (gsize k = 0; k < G_N_ELEMENTS (shapes); k++)
    for (int kind = 0; kind < SCOPE_N_NORMS; kind++) {
      ScopeReal real = k % 2 == 0 ? SCOPE_REAL_F32 : SCOPE_REAL_F64;
      g_autoptr (ScopeMatrix) matrix
          = random_matrix (real, shapes[k].rows, shapes[k].columns, random);
      scope_matrix_set (matrix, 0, 0, NAN);
      ScopeNorm norm = scope_norm_fit (kind, matrix);
      check_image (matrix, shapes[k].range, (ScopePalette)(k % SCOPE_N_PALETTES), &norm);
      /* Within one octave an error of the fast logarithm would be seen. */
      ScopeNorm narrow = norm;
      narrow.low = norm.high / 2;
      check_image (matrix, shapes[k].range, SCOPE_PALETTE_GREY, &narrow);
      /* Ends that floats cannot hold take the exact path. */
      ScopeNorm extreme = norm;
      extreme.low = 1e-300;
      extreme.high = 1e40;
      check_image (matrix, shapes[k].range, SCOPE_PALETTE_VIRIDIS, &extreme);
    }
}

/* --- files ------------------------------------------------------------------------------------ */

static void
test_npy (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "m.npy", NULL);
  g_autoptr (GError) error = NULL;
  static const char header[]
      = "\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
  double wide[2][5] = { { 1, 2, 3, 99, 99 }, { 4, 5, 6, 99, 99 } };
  g_autoptr (ScopeMatrix) matrix = scope_matrix_wrap (SCOPE_REAL_F64, wide, 2, 3, 5, NULL, NULL);
  g_assert_true (scope_npy_write (matrix, path, &error));
  gsize length;
  g_autofree char *data = scope_file_read (path, 10000, &length, &error);
  g_assert_cmpuint (length, ==, 128 + 6 * 8);
  g_assert_cmpmem (data, sizeof header - 1, header, sizeof header - 1);
  g_assert_true (data[127] == '\n');
  const double wanted[] = { 1, 2, 3, 4, 5, 6 };
  g_assert_cmpmem (data + 128, sizeof wanted, wanted, sizeof wanted);
  g_assert_false (scope_npy_write (matrix, "/nowhere/at/all.npy", &error));
  g_assert_nonnull (strstr (error->message, "/nowhere/at/all.npy"));
}

static void
test_csv (void)
{
  g_autoptr (ScopeCsv) csv = scope_csv_new ("name,value,count");
  scope_csv_text (csv, "plain");
  scope_csv_number (csv, 0.1);
  scope_csv_integer (csv, G_MAXUINT64);
  scope_csv_end_row (csv);
  scope_csv_text (csv, "with, \"quotes\"\nand lines");
  scope_csv_number (csv, -INFINITY);
  scope_csv_integer (csv, 0);
  scope_csv_end_row (csv);
  scope_csv_text (csv, "");
  scope_csv_number (csv, NAN);
  scope_csv_number (csv, 1.0 / 3);
  scope_csv_end_row (csv);
  g_assert_cmpstr (scope_csv_data (csv), ==,
                   "name,value,count\nplain,0.1,18446744073709551615\n"
                   "\"with, \"\"quotes\"\"\nand lines\",-inf,0\n,nan,0.333333333\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/values/shown-numbers", test_shown_numbers);
  g_test_add_func ("/figure/norms", test_norms);
  g_test_add_func ("/figure/norm-fit", test_fit);
  g_test_add_func ("/figure/norm-rank", test_rank);
  g_test_add_func ("/figure/norm-rank-ties", test_rank_ties);
  g_test_add_func ("/figure/norm-power", test_power);
  g_test_add_func ("/figure/normalise", test_normalise);
  g_test_add_func ("/figure/causal-cells", test_causal_cells);
  g_test_add_func ("/figure/axis-ticks", test_axis_ticks);
  g_test_add_func ("/figure/norm-ticks", test_norm_ticks);
  g_test_add_func ("/figure/tick-labels", test_labels);
  g_test_add_func ("/figure/palettes", test_palettes);
  g_test_add_func ("/figure/palette-sources", test_palette_sources);
  g_test_add_func ("/figure/balance", test_balance);
  g_test_add_func ("/figure/map-image", test_map_image);
  g_test_add_func ("/figure/npy", test_npy);
  g_test_add_func ("/figure/csv", test_csv);
  return g_test_run ();
}
