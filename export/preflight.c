#include "export/preflight.h"

#include <math.h>

#include "export/curves-private.h"
#include "export/recipe-private.h"

/* Lines are thin and apart, so they must differ by more than what can just be told apart. */
#define LEAST_LINE_DISTANCE 0.06
/* Places a quarter of the palette apart. */
#define LEAST_PALETTE_DISTANCE 0.06
#define PALETTE_STEPS          16

static const char *const names[SCOPE_N_FLAWS]
    = { "text", "image", "colour", "clipped", "line", "norm" };

const char *
scope_flaw_name (ScopeFlawKind kind)
{
  return names[kind];
}

static void
flaw_free (gpointer data)
{
  ScopeFlaw *flaw = data;
  g_free (flaw->message);
  g_free (flaw->mend);
  g_free (flaw);
}

/* Takes MESSAGE and MEND. */
static void
add_flaw (GPtrArray *flaws, ScopeFlawKind kind, gssize panel, double found, double limit,
          char *message, char *mend)
{
  ScopeFlaw *flaw = g_new (ScopeFlaw, 1);
  *flaw = (ScopeFlaw){ kind, panel, found, limit, message, mend };
  g_ptr_array_add (flaws, flaw);
}

static char *
number (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.3g", value));
}

static char G_GNUC_PRINTF (1, 0) * words_with (const char *format, double value)
{
  g_autofree char *text = number (value);
  return g_strdup_printf (format, text);
}

/* --- what was drawn -----------------------------------------------------------------------------
 */

static ScopeProbe
probe_figure (ScopeFigure *figure)
{
  ScopeProbe probe = { INFINITY, INFINITY, INFINITY };
  cairo_surface_t *surface = cairo_recording_surface_create (CAIRO_CONTENT_COLOR_ALPHA, NULL);
  cairo_t *cr = cairo_create (surface);
  g_auto (ScopeCanvas) canvas = { 0 };
  scope_canvas_init_style (&canvas, cr, 1, TRUE, &figure->style);
  canvas.probe = &probe;
  scope_figure_paint (figure, &canvas);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  return probe;
}

/* Rounded up to tenths, so that the mended size is not a rounding below the limit. */
static double
raised (double value, double found, double limit)
{
  return ceil (value * limit / found * 10 - 1e-9) / 10;
}

static void
check_drawn (GPtrArray *flaws, ScopeFigure *figure, double dpi)
{
  ScopeProbe probe = probe_figure (figure);
  double image = dpi > 0 ? dpi : probe.least_dpi;
  const ScopeStyle *style = &figure->style;
  /* Sizes that are computed may miss the limit by a rounding. */
  if (probe.least_text < SCOPE_LEAST_TEXT_PT - 1e-6)
    add_flaw (flaws, SCOPE_FLAW_TEXT, -1, probe.least_text, SCOPE_LEAST_TEXT_PT,
              words_with ("text of %s pt: expected at least 5 pt", probe.least_text),
              words_with ("set the font to %s pt",
                          raised (style->font_pt, probe.least_text, SCOPE_LEAST_TEXT_PT)));
  if (image < SCOPE_LEAST_IMAGE_DPI - 1e-6)
    add_flaw (flaws, SCOPE_FLAW_IMAGE, -1, image, SCOPE_LEAST_IMAGE_DPI,
              words_with ("images of %s dpi: expected at least 450 dpi", image),
              dpi > 0 ? words_with ("set the resolution to %s dpi", SCOPE_RECIPE_DPI)
                      : words_with ("set the width to %s mm",
                                    floor (style->width_mm * image / SCOPE_LEAST_IMAGE_DPI)));
  if (probe.least_line < SCOPE_LEAST_LINE_PT - 1e-6)
    add_flaw (flaws, SCOPE_FLAW_LINE, -1, probe.least_line, SCOPE_LEAST_LINE_PT,
              words_with ("lines of %s pt: expected at least 0.25 pt", probe.least_line),
              words_with ("scale all lines by %s",
                          raised (style->line_scale, probe.least_line, SCOPE_LEAST_LINE_PT)));
}

/* --- colours ------------------------------------------------------------------------------------
 */

static guint32
pack (ScopeColour colour)
{
  return (guint32)(colour.red * 255 + 0.5) << 16 | (guint32)(colour.green * 255 + 0.5) << 8
         | (guint32)(colour.blue * 255 + 0.5);
}

/* The least distance between two lines of a panel, and INFINITY where they do not differ in colour
 * by intent. */
static double
line_distance (const ScopeResult *result, ScopeCanvas *canvas)
{
  double least = INFINITY;
  for (gsize a = 0; a < result->curves->len; a++)
    for (gsize b = a + 1; b < result->curves->len; b++) {
      const ScopeCurve *first = scope_curve_at (result, a), *second = scope_curve_at (result, b);
      if (first->series < 0 || second->series < 0)
        continue;
      least = MIN (least, scope_deuteranope_distance (
                              pack (scope_curve_style (canvas, result, first).colour),
                              pack (scope_curve_style (canvas, result, second).colour)));
    }
  return least;
}

static double
palette_distance (ScopePalette palette)
{
  double least = INFINITY;
  for (int a = 0; a <= PALETTE_STEPS; a++)
    for (int b = a + PALETTE_STEPS / 4; b <= PALETTE_STEPS; b++)
      least = MIN (least, scope_deuteranope_distance (
                              scope_palette_colour (palette, (double)a / PALETTE_STEPS),
                              scope_palette_colour (palette, (double)b / PALETTE_STEPS)));
  return least;
}

static void
check_colours (GPtrArray *flaws, ScopeFigure *figure)
{
  g_auto (ScopeCanvas) canvas = { 0 };
  scope_canvas_init_measure (&canvas, figure->style.font, figure->style.font_pt);
  canvas.colours = figure->style.colours;
  canvas.n_colours = figure->style.n_colours;
  for (gsize k = 0; k < figure->panels->len; k++) {
    const ScopeResult *result = g_ptr_array_index (figure->panels, k);
    gboolean coloured = scope_result_is_coloured (result);
    double limit = coloured ? LEAST_PALETTE_DISTANCE : LEAST_LINE_DISTANCE;
    double found = coloured ? palette_distance (scope_figure_look (figure, k).palette)
                            : line_distance (result, &canvas);
    if (found < limit)
      add_flaw (flaws, SCOPE_FLAW_COLOUR, (gssize)k, found, limit,
                words_with ("colours that a deuteranope cannot tell apart: a distance of %s in "
                            "OKLab",
                            found),
                g_strdup (coloured ? "take viridis" : "take the colours of Okabe and Ito"));
  }
}

/* --- norms --------------------------------------------------------------------------------------
 */

static void
count_clipped (const ScopeMatrix *matrix, const ScopeNorm *norm, gsize *clipped, gsize *all)
{
  gboolean magnitudes = norm->kind == SCOPE_NORM_LOG;
  for (gsize r = 0; r < scope_matrix_rows (matrix); r++)
    for (gsize c = 0; c < scope_matrix_columns (matrix); c++) {
      double value = scope_matrix_get (matrix, r, c);
      if (!isfinite (value) || value == 0)
        continue;
      double seen = magnitudes || norm->kind == SCOPE_NORM_SYMLOG ? fabs (value) : value;
      /* The lower end of symlog is where it becomes linear: nothing is cut off there. */
      *clipped += seen > norm->high || (norm->kind != SCOPE_NORM_SYMLOG && seen < norm->low);
      *all += 1;
    }
}

static void
check_clipped (GPtrArray *flaws, ScopeFigure *figure, const ScopeLayout *layout, gsize k)
{
  ScopePanelLook look = scope_figure_look (figure, k);
  g_autoptr (GPtrArray) matrices = g_ptr_array_new ();
  gsize clipped = 0, all = 0;
  if (!(isfinite (look.low) || isfinite (look.high)) || look.norm == SCOPE_NORM_RANK)
    return;
  scope_result_matrices (g_ptr_array_index (figure->panels, k), matrices);
  for (guint m = 0; m < matrices->len; m++)
    count_clipped (g_ptr_array_index (matrices, m), &layout->boxes[k].norm, &clipped, &all);
  double share = all > 0 ? (double)clipped / (double)all : 0;
  if (share > SCOPE_MOST_CLIPPED)
    add_flaw (
        flaws, SCOPE_FLAW_CLIPPED, (gssize)k, share, SCOPE_MOST_CLIPPED,
        words_with ("%s %% of the values outside the range: expected at most 1 %%", 100 * share),
        g_strdup ("fit the range to the values"));
}

static void
check_norms (GPtrArray *flaws, ScopeFigure *figure)
{
  g_auto (ScopeLayout) layout = { 0 };
  scope_layout_init (&layout, figure);
  gboolean coloured = FALSE;
  for (gsize k = 0; k < layout.count; k++)
    if (scope_result_is_coloured (g_ptr_array_index (figure->panels, k))) {
      coloured = TRUE;
      check_clipped (flaws, figure, &layout, k);
    }
  if (coloured && !figure->style.colour_bar)
    add_flaw (flaws, SCOPE_FLAW_NORM, -1, 0, 1,
              g_strdup ("colours without a colour bar: nothing tells the norm"),
              g_strdup ("draw the colour bar"));
}

GPtrArray *
scope_figure_preflight (ScopeFigure *figure, double dpi)
{
  GPtrArray *flaws = g_ptr_array_new_with_free_func (flaw_free);
  check_drawn (flaws, figure, dpi);
  check_colours (flaws, figure);
  check_norms (flaws, figure);
  return flaws;
}

/* --- mending ------------------------------------------------------------------------------------
 */

/* The panel's own look, or NULL if it has the figure's. */
static ScopePanelLook *
own_look (ScopeRecipe *recipe, gssize panel)
{
  ScopeRecipePanel *owner = panel >= 0 && panel < (gssize)recipe->panels->len
                                ? g_ptr_array_index (recipe->panels, (guint)panel)
                                : NULL;
  return owner != NULL && owner->look.own ? &owner->look : NULL;
}

static void
mend_colours (ScopeRecipe *recipe, gssize panel)
{
  ScopePanelLook *look = own_look (recipe, panel);
  recipe->style.n_colours = 0;
  *(look != NULL ? &look->palette : &recipe->style.palette) = SCOPE_PALETTE_VIRIDIS;
}

static void
mend_range (ScopeRecipe *recipe, gssize panel)
{
  ScopePanelLook *look = own_look (recipe, panel);
  if (look != NULL)
    look->low = look->high = NAN;
  else
    recipe->style.low = recipe->style.high = NAN;
}

void
scope_recipe_mend (ScopeRecipe *recipe, const ScopeFlaw *flaw)
{
  ScopeStyle *style = &recipe->style;
  switch (flaw->kind) {
  case SCOPE_FLAW_TEXT:
    style->font_pt = raised (style->font_pt, flaw->found, flaw->limit);
    break;
  case SCOPE_FLAW_IMAGE:
    if (recipe->dpi < SCOPE_LEAST_IMAGE_DPI)
      recipe->dpi = SCOPE_RECIPE_DPI;
    else
      style->width_mm = floor (style->width_mm * flaw->found / flaw->limit);
    break;
  case SCOPE_FLAW_COLOUR:
    mend_colours (recipe, flaw->panel);
    break;
  case SCOPE_FLAW_CLIPPED:
    mend_range (recipe, flaw->panel);
    break;
  case SCOPE_FLAW_LINE:
    style->line_scale = raised (style->line_scale, flaw->found, flaw->limit);
    break;
  default:
    style->colour_bar = TRUE;
  }
}
