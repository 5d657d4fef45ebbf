/* Every flaw is found where it is and nowhere else, and mending it makes it go. */
#include <math.h>
#include <string.h>

#include "export/figure-private.h"
#include "export/preflight.h"
#include "export/recipe-private.h"
#include "fixture.h"
#include "test-support.h"

/* A recipe with STYLE's members, and the figure it would give for a hand-made map and lines. */
typedef struct {
  ScopeRecipe *recipe;
  ScopeFigure *figure;
} Case;

static void
case_init (Case *self, const char *style)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = g_strdup_printf (
      "{\"mambascope\":1,\"columns\":2,\"style\":{\"width_mm\":120%s},\"panels\":["
      "{\"kind\":\"map\",\"layer\":0,\"channel\":0},{\"kind\":\"sweep\",\"lengths\":[2]}]}",
      style);
  self->recipe = scope_recipe_parse (json, strlen (json), "fig.json", &error);
  g_assert_no_error (error);
  ScopeStyle plain;
  scope_style_init (&plain);
  g_autoptr (ScopeFigure) results = scope_figure_new (&plain);
  ScopeResult *made[] = { fixture_map (24, 512, 0.02, FALSE), fixture_family (2) };
  for (gsize k = 0; k < G_N_ELEMENTS (made); k++) {
    scope_figure_add (results, made[k]);
    scope_result_unref (made[k]);
  }
  self->figure = scope_recipe_redraw (self->recipe, results);
}

static void
case_clear (Case *self)
{
  scope_figure_unref (self->figure);
  scope_recipe_free (self->recipe);
}

static const struct {
  const char *style;
  double dpi;
  ScopeFlawKind kind;
  gssize panel;
} flawed[] = {
  { ",\"font_pt\":4", 600, SCOPE_FLAW_TEXT, -1 },
  { ",\"line_scale\":0.3", 600, SCOPE_FLAW_LINE, -1 },
  { ",\"dpi\":100", 100, SCOPE_FLAW_IMAGE, -1 },
  { ",\"colour_bar\":false", 600, SCOPE_FLAW_NORM, -1 },
  { ",\"range\":[1e-3,0.01]", 600, SCOPE_FLAW_CLIPPED, 0 },
  { ",\"colours\":[\"#d62728\",\"#2ca02c\"]", 600, SCOPE_FLAW_COLOUR, 1 },
};

static void
test_flaws (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (flawed); k++) {
    Case test;
    case_init (&test, flawed[k].style);
    g_autoptr (GPtrArray) flaws = scope_figure_preflight (test.figure, flawed[k].dpi);
    g_assert_cmpuint (flaws->len, ==, 1);
    const ScopeFlaw *flaw = g_ptr_array_index (flaws, 0);
    g_assert_cmpint (flaw->kind, ==, flawed[k].kind);
    g_assert_cmpint (flaw->panel, ==, flawed[k].panel);
    g_assert_cmpstr (flaw->message, !=, "");
    scope_recipe_mend (test.recipe, flaw);
    g_autoptr (ScopeFigure) mended = scope_recipe_redraw (test.recipe, test.figure);
    double dpi = flawed[k].dpi < 600 ? scope_recipe_dpi (test.recipe) : 600;
    g_autoptr (GPtrArray) left = scope_figure_preflight (mended, dpi);
    if (left->len > 0)
      g_error ("%s: still %s", flawed[k].style,
               ((const ScopeFlaw *)g_ptr_array_index (left, 0))->message);
    case_clear (&test);
  }
}

/* What is found is what was drawn: a name in an atlas is 0.8 of the font. */
static void
test_measured (void)
{
  ScopeStyle style;
  scope_style_init (&style);
  style.font_pt = 6;
  style.line_scale = 0.5;
  g_autoptr (ScopeFigure) figure = scope_figure_new (&style);
  ScopeResult *atlas = fixture_atlas ();
  scope_figure_add (figure, atlas);
  scope_result_unref (atlas);
  g_autoptr (GPtrArray) flaws = scope_figure_preflight (figure, 0);
  g_assert_cmpuint (flaws->len, ==, 1);
  const ScopeFlaw *flaw = g_ptr_array_index (flaws, 0);
  g_assert_cmpint (flaw->kind, ==, SCOPE_FLAW_TEXT);
  g_assert_cmpfloat_with_epsilon (flaw->found, 4.8, 1e-9);
}

/* The presets' own styles pass, with every palette and as many lines as there are colours. */
static void
test_good (void)
{
  for (int palette = 0; palette < SCOPE_N_PALETTES; palette++) {
    ScopeStyle style;
    scope_style_init (&style);
    style.palette = (ScopePalette)palette;
    g_autoptr (ScopeFigure) figure = scope_figure_new (&style);
    ScopeResult *made[] = { fixture_map (24, 512, 0.02, FALSE), fixture_family (SCOPE_MAX_SERIES),
                            fixture_atlas (), fixture_strip () };
    for (gsize k = 0; k < G_N_ELEMENTS (made); k++) {
      scope_figure_add (figure, made[k]);
      scope_result_unref (made[k]);
    }
    static const double dpis[] = { 0, 450, 600 };
    for (gsize k = 0; k < G_N_ELEMENTS (dpis); k++) {
      g_autoptr (GPtrArray) flaws = scope_figure_preflight (figure, dpis[k]);
      if (flaws->len > 0)
        g_error ("%s: %s", scope_palette_name ((ScopePalette)palette),
                 ((const ScopeFlaw *)g_ptr_array_index (flaws, 0))->message);
    }
  }
}

/* A panel's own range is mended at the panel. */
static void
test_own_range (void)
{
  g_autoptr (GError) error = NULL;
  static const char json[]
      = "{\"mambascope\":1,\"panels\":[{\"kind\":\"map\",\"layer\":0,\"channel\":0,"
        "\"value_range\":[1e-3,2e-3]}]}";
  g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (json, strlen (json), "fig.json", &error);
  g_autoptr (ScopeFigure) plain = fixture_figure ("map");
  g_autoptr (ScopeFigure) figure = scope_recipe_redraw (recipe, plain);
  g_autoptr (GPtrArray) flaws = scope_figure_preflight (figure, 0);
  g_assert_cmpuint (flaws->len, ==, 1);
  scope_recipe_mend (recipe, g_ptr_array_index (flaws, 0));
  const ScopeRecipePanel *panel = g_ptr_array_index (recipe->panels, 0);
  g_assert_true (panel->look.own);
  g_assert_true (isnan (panel->look.low));
}

/* Worked out with NumPy from the published matrices. */
static void
test_deuteranope (void)
{
  static const struct {
    guint32 a, b;
    double distance;
  } pairs[] = {
    { 0xff0000, 0x00a000, 0.040852373124154656 },
    { 0xd62728, 0x2ca02c, 0.03886731643507975 },
    { 0x990000, 0x336600, 0.015320453783712754 },
    { 0x009e73, 0xcc79a7, 0.076 },
    { 0xd55e00, 0x8a6d00, 0.083 },
    { 0x123456, 0x123456, 0 },
  };
  for (gsize k = 0; k < G_N_ELEMENTS (pairs); k++)
    g_assert_cmpfloat_with_epsilon (scope_deuteranope_distance (pairs[k].a, pairs[k].b),
                                    pairs[k].distance, 6e-4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preflight/flaws", test_flaws);
  g_test_add_func ("/preflight/measured", test_measured);
  g_test_add_func ("/preflight/good", test_good);
  g_test_add_func ("/preflight/own-range", test_own_range);
  g_test_add_func ("/preflight/deuteranope", test_deuteranope);
  return g_test_run ();
}
