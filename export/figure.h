/* ScopeFigure: a scene in points, and the one place where maps, curves, axes, colour bars and labels
 * are drawn: the same code for the screen, PNG, PDF and SVG.
 *
 * A figure is a grid of panels over ScopeResults, with a style. Build it on any one thread; drawing
 * is then read-only. Lengths are points (1/72 inch); sizes given to users are millimetres. Exports
 * never depend on the desktop's theme: a dark style exists for the screen alone.
 */
#pragma once

#include <cairo.h>

#include "analysis/result.h"
#include "export/norm.h"
#include "export/palette.h"

G_BEGIN_DECLS

#define SCOPE_EXPORT_ERROR (scope_export_error_quark ())
GQuark scope_export_error_quark (void);
typedef enum {
  SCOPE_EXPORT_ERROR_FORMAT, /* unknown file ending */
  SCOPE_EXPORT_ERROR_RECIPE, /* the JSON path is named */
  SCOPE_EXPORT_ERROR_WRITE,  /* the writer failed */
  SCOPE_EXPORT_ERROR_LIVING, /* a file that is no figure of ours */
  SCOPE_EXPORT_ERROR_CHANGED, /* a model or text that is not what a figure was made with */
} ScopeExportError;

#define SCOPE_MAX_SERIES 8

typedef struct {
  double width_mm, height_mm; /* height 0: from the panels */
  const char *font;           /* family; NULL: "DejaVu Sans", which comes along */
  double font_pt;             /* 7 */
  double line_scale;          /* 1: factor on the width of every line */
  ScopePalette palette;
  ScopeNormKind norm;
  double gamma;               /* of the power norm */
  double low, high;           /* fixed range; NaN: fitted to the data */
  gboolean share_range;       /* one norm for all coloured panels that have none of their own */
  gboolean colour_bar;        /* TRUE */
  guint32 colours[SCOPE_MAX_SERIES]; /* 0xRRGGBB of families of lines, N_COLOURS of them; */
  gsize n_colours;                   /*   0: those of Okabe and Ito */
  char label;                 /* letter of the first panel; 0: "a" if there are several; '-': none */
  gboolean dark;              /* screen only; writers ignore it */
} ScopeStyle;

#define SCOPE_WIDTH_ONE_COLUMN 89.0
#define SCOPE_WIDTH_ONE_AND_A_HALF 120.0
#define SCOPE_WIDTH_TWO_COLUMNS 183.0
#define SCOPE_WIDTH_SLIDE 254.0 /* 16:9 is 143 high */

void scope_style_init (ScopeStyle *style); /* one column, 7 pt, viridis, log */

/* What a panel does in its own way, and the room it takes in the grid. */
typedef struct {
  gboolean own; /* the fields up to HIGH are the panel's own, and so is its range */
  ScopePalette palette;
  ScopeNormKind norm;
  double gamma, low, high;
  gsize rows, columns; /* of the grid; 0 counts as 1 */
} ScopePanelLook;

typedef struct _ScopeFigure ScopeFigure;

ScopeFigure *scope_figure_new (const ScopeStyle *style) G_GNUC_WARN_UNUSED_RESULT;
ScopeFigure *scope_figure_ref (ScopeFigure *self);
void scope_figure_unref (ScopeFigure *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeFigure, scope_figure_unref)

/* Panels fill the grid row by row, COLUMNS wide (default: up to 3). Takes a reference. */
void scope_figure_set_columns (ScopeFigure *self, guint columns);
void scope_figure_add (ScopeFigure *self, ScopeResult *result);
void scope_figure_add_panel (ScopeFigure *self, ScopeResult *result, const ScopePanelLook *look);
gsize scope_figure_panels (const ScopeFigure *self); /* how many */
ScopeResult *scope_figure_panel (const ScopeFigure *self, gsize panel); /* borrowed */
/* Above all panels; NULL: none. Copied. */
void scope_figure_set_title (ScopeFigure *self, const char *title);
/* Words of the user's own, in front of what the caption says by itself; NULL: none. Copied. */
void scope_figure_set_words (ScopeFigure *self, const char *words);
/* The recipe that makes this figure again, embedded by the writers. Copied. */
void scope_figure_set_recipe (ScopeFigure *self, const char *json);

/* Size in points; height as laid out. */
void scope_figure_size (ScopeFigure *self, double *width, double *height);
/* The ends of the first coloured panel's norm; FALSE if no panel is coloured. */
gboolean scope_figure_value_range (ScopeFigure *self, double *low, double *high);
/* Draws at the origin in points. SCALE is device pixels per point (for pixel snapping); VECTOR is
 * TRUE for PDF and SVG. */
void scope_figure_draw (ScopeFigure *self, cairo_t *cr, double scale, gboolean vector);
/* "Implicit attention (S6 kernel α) of ...; log norm from ... to ...; mean over blocks (exact); ..."
 * ready to paste. Caller frees. */
char *scope_figure_caption (const ScopeFigure *self) G_GNUC_WARN_UNUSED_RESULT;

/* The whole file in memory. FORMAT: "png", "pdf" or "svg"; DPI is for PNG (600 if 0). The same bytes
 * as scope_figure_write() writes. Any thread, while nobody changes the figure. */
GBytes *scope_figure_encode (ScopeFigure *self, const char *format, double dpi,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* By the ending of PATH: .png (libpng, pHYs, tEXt), .pdf, .svg. DPI is for PNG (default 600 if 0).
 * Atomic: the old file stays until the new one is whole. */
gboolean scope_figure_write (ScopeFigure *self, const char *path, double dpi, GError **error);

/* The matrix as an ARGB32 image, one pixel per cell, cells above the diagonal transparent. For the
 * map view and the panels. RANGE tells where the diagonal is. */
cairo_surface_t *scope_map_image (const ScopeMatrix *matrix, ScopeRange range, ScopePalette palette,
                                  const ScopeNorm *norm) G_GNUC_WARN_UNUSED_RESULT;
/* Horizontal or vertical colour bar with ticks in the rectangle, in the current font. */
void scope_draw_colour_bar (cairo_t *cr, double x, double y, double width, double height,
                            gboolean vertical, ScopePalette palette, const ScopeNorm *norm,
                            const char *label, const char *font, double font_pt, gboolean dark);

G_END_DECLS
