/* The map's zoom and pan as plain numbers: what stays where, at odd sizes and random moves. */
#include <math.h>

#include "test-support.h"
#include "ui/map-geometry.h"

static ScopeMapGeometry
fitted (double length, double width, double height)
{
  ScopeMapGeometry g = { .length = length, .scale = 1, .fitted = TRUE };
  scope_map_geometry_resize (&g, width, height);
  return g;
}

static void
test_fit (void)
{
  const double lengths[] = { 1, 2, 3, 17, 486, 4096, 65537 };
  for (guint k = 0; k < G_N_ELEMENTS (lengths); k++) {
    ScopeMapGeometry g = fitted (lengths[k], 613, 401);
    /* The shorter side is filled and the map is in the middle of the longer one. */
    g_assert_cmpfloat_with_epsilon (scope_map_geometry_py (&g, 0), 0, 1e-9);
    g_assert_cmpfloat_with_epsilon (scope_map_geometry_py (&g, lengths[k]), 401, 1e-6);
    g_assert_cmpfloat_with_epsilon (
        scope_map_geometry_px (&g, 0) + scope_map_geometry_px (&g, lengths[k]), 613, 1e-6);
    ScopeRange range = scope_map_geometry_visible (&g);
    g_assert_cmpuint (range.row_begin, ==, 0);
    g_assert_cmpuint (range.row_end, ==, (gsize)lengths[k]);
    g_assert_cmpuint (range.column_end, ==, (gsize)lengths[k]);
  }
}

static void
test_empty (void)
{
  ScopeMapGeometry g = fitted (0, 300, 200);
  gsize row, column;
  scope_map_geometry_set_scale (&g, 10, 5, 5);
  scope_map_geometry_pan (&g, 10, 10);
  g_assert_false (scope_map_geometry_cell (&g, 150, 100, &row, &column));
  ScopeRange range = scope_map_geometry_visible (&g);
  g_assert_cmpuint (range.row_end, ==, range.row_begin);
}

/* Zooming in at any point of the map keeps the very spot of the cell under that point. */
static void
test_zoom_at_pointer (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (11));
  for (guint trial = 0; trial < 2000; trial++) {
    double length = floor (scope_test_uniform (random, 1, 20000));
    ScopeMapGeometry g = fitted (length, scope_test_uniform (random, 50, 1500),
                                 scope_test_uniform (random, 50, 1500));
    double cx = scope_test_uniform (random, 0, length);
    double cy = scope_test_uniform (random, 0, length);
    double px = scope_map_geometry_px (&g, cx), py = scope_map_geometry_py (&g, cy);
    for (guint step = 0; step < 12; step++) {
      scope_map_geometry_set_scale (&g, g.scale * scope_test_uniform (random, 1, 2), px, py);
      /* Cells count to 2e4 and pixels to 1e6: 1e-6 leaves four digits of rounding in double. */
      g_assert_cmpfloat_with_epsilon (scope_map_geometry_px (&g, cx), px, 1e-6);
      g_assert_cmpfloat_with_epsilon (scope_map_geometry_py (&g, cy), py, 1e-6);
    }
    g_assert_cmpfloat (g.scale, <=, MAX (SCOPE_MAP_MAX_SCALE, scope_map_geometry_fit_scale (&g)));
  }
}

static void
test_zoom_out_ends_fitted (void)
{
  ScopeMapGeometry g = fitted (4096, 700, 500);
  scope_map_geometry_set_scale (&g, 20, 100, 400);
  g_assert_false (g.fitted);
  for (guint k = 0; k < 100; k++)
    scope_map_geometry_set_scale (&g, g.scale / 1.25, 30, 30);
  g_assert_true (g.fitted);
  g_assert_cmpfloat_with_epsilon (g.scale, 500.0 / 4096, 1e-12);
}

/* However it is moved, the middle of the plot area stays on the map. */
static void
test_pan_stays_on_map (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (12));
  ScopeMapGeometry g = fitted (977, 640, 480);
  scope_map_geometry_pan (&g, 100, 100);
  g_assert_true (g.fitted); /* a fitted map does not move */
  scope_map_geometry_set_scale (&g, 7, 320, 240);
  double x = g.x;
  scope_map_geometry_pan (&g, -70, 0);
  g_assert_cmpfloat_with_epsilon (g.x, x + 10, 1e-9); /* the map follows the hand */
  for (guint k = 0; k < 1000; k++) {
    scope_map_geometry_pan (&g, scope_test_uniform (random, -3000, 3000),
                            scope_test_uniform (random, -3000, 3000));
    double middle = g.x + g.width / g.scale / 2;
    g_assert_cmpfloat (middle, >=, -1e-9);
    g_assert_cmpfloat (middle, <=, 977 + 1e-9);
  }
}

static void
test_cell_and_reveal (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (13));
  ScopeMapGeometry g = fitted (1009, 640, 480);
  scope_map_geometry_set_scale (&g, 9, 0, 0);
  for (guint k = 0; k < 500; k++) {
    gsize row = (gsize)g_rand_int_range (random, 0, 1009), column, found;
    column = (gsize)g_rand_int_range (random, 0, 1009);
    scope_map_geometry_reveal (&g, row, column);
    double px = scope_map_geometry_px (&g, (double)column + 0.5);
    double py = scope_map_geometry_py (&g, (double)row + 0.5);
    gsize at;
    g_assert_true (scope_map_geometry_cell (&g, px, py, &at, &found));
    g_assert_cmpuint (at, ==, row);
    g_assert_cmpuint (found, ==, column);
    double x = g.x, y = g.y;
    scope_map_geometry_reveal (&g, row, column);
    g_assert_cmpfloat (g.x, ==, x); /* nothing moves for a cell in sight */
    g_assert_cmpfloat (g.y, ==, y);
  }
}

/* Keys walk along rows and columns, and never over an edge or the diagonal. */
static void
test_step (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (14));
  ScopeMapGeometry g = fitted (101, 640, 480), one = fitted (1, 640, 480);
  gsize row = 50, column = 20;

  scope_map_geometry_step (&g, &row, &column, -3, 4);
  g_assert_cmpuint (row, ==, 47);
  g_assert_cmpuint (column, ==, 24);
  scope_map_geometry_step (&g, &row, &column, -40, 0); /* the diagonal pushes it along */
  g_assert_cmpuint (row, ==, 7);
  g_assert_cmpuint (column, ==, 7);
  for (guint k = 0; k < 1000; k++) {
    scope_map_geometry_step (&g, &row, &column, g_rand_int_range (random, -90, 90),
                             g_rand_int_range (random, -90, 90));
    g_assert_cmpuint (row, <, 101);
    g_assert_cmpuint (column, <=, row);
  }
  row = column = G_MAXSIZE; /* from nowhere to the last cell */
  scope_map_geometry_step (&g, &row, &column, 5, -5);
  g_assert_cmpuint (row, ==, 100);
  g_assert_cmpuint (column, ==, 100);
  scope_map_geometry_step (&one, &row, &column, -1, 1);
  scope_map_geometry_step (&one, &row, &column, 1, 1);
  g_assert_cmpuint (row, ==, 0);
  g_assert_cmpuint (column, ==, 0);
}

static void
test_resize_keeps_corner (void)
{
  ScopeMapGeometry g = fitted (4096, 640, 480);
  scope_map_geometry_set_scale (&g, 4, 320, 240);
  double x = g.x, y = g.y;
  scope_map_geometry_resize (&g, 600, 520);
  g_assert_cmpfloat (g.x, ==, x);
  g_assert_cmpfloat (g.y, ==, y);
  g_assert_cmpfloat (g.scale, ==, 4);
}

/* A fitted map lies in the middle; one that reaches an edge leaves nothing to it. */
static void
test_free (void)
{
  ScopeMapGeometry g = fitted (4096, 640, 480);
  g_assert_cmpfloat_with_epsilon (scope_map_geometry_free (&g), (640 - 480) / 2.0, 1e-9);
  scope_map_geometry_set_scale (&g, 600.0 / 4096, 320, 240);
  g_assert_cmpfloat_with_epsilon (scope_map_geometry_free (&g), 20, 1e-9);
  scope_map_geometry_pan (&g, 15, 0);
  g_assert_cmpfloat_with_epsilon (scope_map_geometry_free (&g), 5, 1e-9);
  scope_map_geometry_set_scale (&g, 1, 320, 240);
  g_assert_cmpfloat (scope_map_geometry_free (&g), ==, 0);
  ScopeMapGeometry high = fitted (977, 300, 480), none = fitted (0, 640, 480);
  g_assert_cmpfloat (scope_map_geometry_free (&high), ==, 0);
  g_assert_cmpfloat (scope_map_geometry_free (&none), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/map-geometry/fit", test_fit);
  g_test_add_func ("/ui/map-geometry/empty", test_empty);
  g_test_add_func ("/ui/map-geometry/zoom-at-pointer", test_zoom_at_pointer);
  g_test_add_func ("/ui/map-geometry/zoom-out", test_zoom_out_ends_fitted);
  g_test_add_func ("/ui/map-geometry/pan", test_pan_stays_on_map);
  g_test_add_func ("/ui/map-geometry/cell-and-reveal", test_cell_and_reveal);
  g_test_add_func ("/ui/map-geometry/step", test_step);
  g_test_add_func ("/ui/map-geometry/resize", test_resize_keeps_corner);
  g_test_add_func ("/ui/map-geometry/free", test_free);
  return g_test_run ();
}
