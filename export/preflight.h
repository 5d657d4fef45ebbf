/* Preflight: what would be sent back by an editor, found before the figure is sent. Everything is
 * measured at final size, by drawing the figure and looking at what was drawn. Any one thread.
 *
 *   text     letters under 5 pt
 *   image    images under 450 dpi: of a PNG its own resolution, else that of the images inside
 *   colour   line colours or palette places that a deuteranope cannot tell apart: simulated after
 *            Machado, Oliveira and Fernandes (IEEE TVCG 15(6), 2009), compared in OKLab
 *   clipped  more than 1 % of a panel's values (zeros aside) outside a range that was fixed by hand
 *   line     lines under 0.25 pt
 *   norm     colours without a bar that says what they mean
 */
#pragma once

#include "export/recipe.h"

G_BEGIN_DECLS

#define SCOPE_LEAST_TEXT_PT   5.0
#define SCOPE_LEAST_IMAGE_DPI 450.0
#define SCOPE_LEAST_LINE_PT   0.25
#define SCOPE_MOST_CLIPPED    0.01

typedef enum {
  SCOPE_FLAW_TEXT,
  SCOPE_FLAW_IMAGE,
  SCOPE_FLAW_COLOUR,
  SCOPE_FLAW_CLIPPED,
  SCOPE_FLAW_LINE,
  SCOPE_FLAW_NORM,
  SCOPE_N_FLAWS
} ScopeFlawKind;

typedef struct {
  ScopeFlawKind kind;
  gssize panel;  /* -1: the figure as a whole */
  double found;  /* points, dpi, distance or share */
  double limit;
  char *message; /* "text of 3.5 pt: expected at least 5 pt" */
  char *mend;    /* what scope_recipe_mend() would do: "set the font to 10 pt" */
} ScopeFlaw;

const char *scope_flaw_name (ScopeFlawKind kind); /* "text" "image" … */
/* (element-type ScopeFlaw); empty if all is well. DPI is a PNG's, 0 for PDF and SVG. */
GPtrArray *scope_figure_preflight (ScopeFigure *figure, double dpi) G_GNUC_WARN_UNUSED_RESULT;
/* Changes the recipe that FIGURE came from so that the flaw is gone; scope_recipe_redraw() shows it. */
void scope_recipe_mend (ScopeRecipe *recipe, const ScopeFlaw *flaw);

/* How far apart a deuteranope sees two colours (0xRRGGBB): the distance in OKLab, where 0.02 is about
 * what can just be told apart side by side. */
double scope_deuteranope_distance (guint32 a, guint32 b);

G_END_DECLS
