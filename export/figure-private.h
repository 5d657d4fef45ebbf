/* Inside scope-figure: the canvas that panels are drawn on, the layout that says where, and the
 * panels. Points everywhere; y runs down.
 */
#pragma once

#include <pango/pangocairo.h>

#include "export/figure.h"

G_BEGIN_DECLS

typedef struct {
  double x, y, width, height;
} ScopeRect;

typedef struct {
  double red, green, blue;
} ScopeColour;

#define SCOPE_N_SERIES 8

/* The colours of one theme. Global and local are the vermilion and blue of Okabe and Ito. */
typedef struct {
  ScopeColour ink;      /* text and axes */
  ScopeColour faint;    /* reference lines, hatching */
  ScopeColour paper;    /* halos */
  ScopeColour boundary; /* the receptive field */
  ScopeColour global, local;
  const guint32 *series; /* (SCOPE_N_SERIES) of a family, 0xRRGGBB */
} ScopeTheme;

/* What was drawn, for the preflight: the extremes over all texts, lines and images. */
typedef struct {
  double least_text, least_line; /* points */
  double least_dpi;              /* of an image, in its own pixels; a PNG has its own */
} ScopeProbe;

/* --- canvas (canvas.c, canvas-text.c) ------------------------------------------------------------
 */
typedef struct {
  cairo_t *cr; /* borrowed */
  double scale;
  gboolean vector;
  const ScopeTheme *theme;
  const char *font;
  double font_pt;
  PangoLayout *layout;
  double line_scale;
  const guint32 *colours; /* borrowed; 0xRRGGBB of families of lines */
  gsize n_colours;        /* 0: those of the theme */
  ScopeProbe *probe;      /* borrowed; or NULL */
  GString *svg_text;      /* where text goes as SVG elements instead of being drawn; or NULL */
} ScopeCanvas;

/* CR borrowed; FONT NULL: the default. */
void scope_canvas_init (ScopeCanvas *self, cairo_t *cr, double scale, gboolean vector,
                        const char *font, double font_pt, gboolean dark);
/* The same for a figure: with its font, lines and colours, which are borrowed. */
void scope_canvas_init_style (ScopeCanvas *self, cairo_t *cr, double scale, gboolean vector,
                              const ScopeStyle *style);
/* WIDTH points, scaled by the style; sets it on the cairo context too. */
double scope_canvas_line_width (ScopeCanvas *self, double width);
ScopeColour scope_canvas_series_colour (const ScopeCanvas *self, gsize series);
/* The bundled fonts are known from now on; once, any thread. (fonts.c) */
void scope_fonts_init (void);
void scope_canvas_clear (ScopeCanvas *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeCanvas, scope_canvas_clear)
/* One that only measures. */
void scope_canvas_init_measure (ScopeCanvas *self, const char *font, double font_pt);

void scope_canvas_set_colour (ScopeCanvas *self, ScopeColour colour);
ScopeColour scope_colour_from_argb (guint32 argb);
/* RECT with its edges on device pixels; itself on a vector canvas. */
ScopeRect scope_canvas_snap (const ScopeCanvas *self, ScopeRect rect);
/* Upright lines of WIDTH points, at least a device pixel, sharp on every canvas. */
void scope_canvas_horizontal (ScopeCanvas *self, double x0, double x1, double y, double width);
void scope_canvas_vertical (ScopeCanvas *self, double x, double y0, double y1, double width);
/* IMAGE stretched over RECT with hard-edged pixels. On a vector canvas each pixel is first
 * replicated by a whole factor, because viewers blur small images, and what is transparent becomes
 * paper. */
void scope_canvas_image (ScopeCanvas *self, cairo_surface_t *image, ScopeRect rect);

typedef struct {
  double size; /* points; 0: the canvas's font size */
  gboolean bold, faint;
  double align;           /* 0 left, 0.5 centre, 1 right, of the text at x */
  gboolean middle;        /* y is the middle of the capitals, else the baseline */
  double turn;            /* degrees clockwise; -90 reads from below to above */
  gboolean halo;          /* outlined in paper, for text over lines */
  double max_width;       /* ellipsised beyond; 0: no limit */
  const ScopeColour *ink; /* NULL: the theme's */
  gboolean keep_spaces;   /* at the ends and in runs, also in SVG */
} ScopeTextStyle;
void scope_canvas_text (ScopeCanvas *self, double x, double y, const char *text,
                        const ScopeTextStyle *style);
double scope_canvas_text_width (ScopeCanvas *self, const char *text, const ScopeTextStyle *style);

/* --- axes (axis.c) -------------------------------------------------------------------------------
 */
#define SCOPE_MAX_TICKS 12
typedef struct {
  gsize count;
  double value[SCOPE_MAX_TICKS];
  double place[SCOPE_MAX_TICKS]; /* in [0, 1] along the axis */
  char *label[SCOPE_MAX_TICKS];
} ScopeAxis;
void scope_axis_clear (ScopeAxis *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeAxis, scope_axis_clear)
/* Whole token indices of [BEGIN, END), each at the middle of its token. */
void scope_axis_tokens (ScopeAxis *self, gsize begin, gsize end, gsize max);
void scope_axis_linear (ScopeAxis *self, double low, double high, gsize max);
/* A logarithmic axis from LOW above 0. */
void scope_axis_log (ScopeAxis *self, double low, double high, gsize max);
/* The same with COUNT ticks at VALUES. */
void scope_axis_log_at (ScopeAxis *self, double low, double high, const double *values,
                        gsize count);
/* "10⁻³⁰⁰"; caller frees. (ticks.c) */
char *scope_power_label (int exponent);
/* LOW and HIGH are natural logarithms; ticks are powers of ten. */
void scope_axis_ln (ScopeAxis *self, double low, double high, gsize max);
void scope_axis_norm (ScopeAxis *self, const ScopeNorm *norm, gsize max);
double scope_axis_width (const ScopeAxis *self, ScopeCanvas *canvas); /* of the widest label */
/* Points from the spine to the far side of the tick labels, without their own extent. */
#define SCOPE_AXIS_GAP 3.8
/* How many ticks an axis of LENGTH has room for when a label takes EXTENT along it. */
gsize scope_axis_room (double length, double extent);
/* Spine, ticks and labels below or at the left of PLOT (place 0 at the bottom, or the top if DOWN).
 */
void scope_axis_draw_bottom (const ScopeAxis *self, ScopeCanvas *canvas, ScopeRect plot);
void scope_axis_draw_left (const ScopeAxis *self, ScopeCanvas *canvas, ScopeRect plot,
                           gboolean down);

/* --- colour bar (colour-bar.c) -------------------------------------------------------------------
 */
/* Points right of (below) a bar that its ticks, labels and title take. */
double scope_colour_bar_extent (ScopeCanvas *canvas, const ScopeNorm *norm, double length,
                                gboolean vertical);
void scope_colour_bar_draw (ScopeCanvas *canvas, ScopeRect bar, gboolean vertical,
                            ScopePalette palette, const ScopeNorm *norm, const char *label);

/* "mean |α| (sampled)" of PANEL, or of all that share a range if it is -1; caller frees. */
char *scope_figure_value_label (const ScopeFigure *figure, gssize panel);
/* The letter that is printed at PANEL; 0: none. */
char scope_figure_letter (const ScopeFigure *figure, gsize panel);
/* How PANEL is coloured: its own look, or the style's. */
ScopePanelLook scope_figure_look (const ScopeFigure *figure, gsize panel);
/* A panel with colours that a norm gives: every kind but curves. */
gboolean scope_result_is_coloured (const ScopeResult *result);
gboolean scope_figure_shares (const ScopeFigure *figure, gsize panel);
/* The matrices that a panel colours, borrowed, appended to OUT. */
void scope_result_matrices (const ScopeResult *result, GPtrArray *out);

/* --- panels (panel-*.c, curves-*.c) -------------------------------------------------------- */
typedef struct {
  ScopeAxis x, y;
  gboolean y_down;
  const char *x_label, *y_label;       /* static or borrowed from the result */
  double x_low, x_high, y_low, y_high; /* CURVES: the plotted ranges */
  gboolean x_log, y_log;
} ScopePanelAxes;
void scope_panel_axes_clear (ScopePanelAxes *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopePanelAxes, scope_panel_axes_clear)

void scope_panel_map_axes (ScopePanelAxes *axes, const ScopeResult *result, ScopeCanvas *canvas,
                           double width, double height);
void scope_panel_map_draw (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                           ScopePalette palette, const ScopeNorm *norm);
void scope_panel_curves_axes (ScopePanelAxes *axes, const ScopeResult *result, ScopeCanvas *canvas,
                              double width, double height);
void scope_panel_curves_draw (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                              const ScopePanelAxes *axes);
/* A pixel for each cell, the mirrored map above the diagonal. */
cairo_surface_t *scope_panel_map_cells (const ScopeResult *result, ScopePalette palette,
                                        const ScopeNorm *norm) G_GNUC_WARN_UNUSED_RESULT;
/* Rows over columns of the tokens shown, within reason. */
double scope_panel_map_aspect (const ScopeResult *result);

void scope_panel_tiles_axes (ScopePanelAxes *axes, const ScopeResult *result);
double scope_panel_tiles_height (const ScopeResult *result, ScopeCanvas *canvas, double width);
void scope_panel_tiles_draw (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                             const ScopePanelAxes *axes, ScopePalette palette,
                             const ScopeNorm *norm);

/* Points left of the words that the numbers of their tokens take. */
double scope_panel_strip_margin (const ScopeResult *result, ScopeCanvas *canvas);
double scope_panel_strip_height (const ScopeResult *result, ScopeCanvas *canvas, double width);
void scope_panel_strip_draw (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                             ScopePalette palette, const ScopeNorm *norm);

/* Points that names at the right end of the lines take; 0 if a legend serves instead. */
double scope_panel_curves_names_width (const ScopeResult *result, ScopeCanvas *canvas);
/* Points above the plot of WIDTH that the key and the mark's name take. */
double scope_panel_curves_top (const ScopeResult *result, ScopeCanvas *canvas, double width);
/* The key to the boundary line and the dropped columns, from X along the baseline Y, on a second
 * line where WIDTH is too short for both; and how many lines it takes. EPSILON 0: no boundary. */
#define SCOPE_KEY_LINE 1.5 /* ems */
void scope_panel_map_key (ScopeCanvas *canvas, double epsilon, gboolean dropped, double x, double y,
                          double width);
/* Points that its longest entry takes; 0 without one. */
double scope_panel_map_key_width (ScopeCanvas *canvas, double epsilon, gboolean dropped);
gsize scope_panel_map_key_lines (ScopeCanvas *canvas, double epsilon, gboolean dropped,
                                 double width);
/* The strip above a map that marks dropped columns. */
#define SCOPE_DROPPED_STRIP 3.0

/* --- layout (layout.c) ---------------------------------------------------------------------------
 */
typedef struct {
  ScopeRect plot;
  double header_y; /* baseline of the panel's letter and title */
  double letter_x;
  double title_x, title_width;      /* where the title begins, and its room */
  gboolean x_title, y_title;        /* the axis titles are drawn at this panel */
  gsize row, column, rows, columns; /* the cells of the grid that it takes */
  ScopePalette palette;
  ScopeNorm norm;
  gboolean has_bar;
  ScopeRect bar;
} ScopePanelBox;

typedef struct {
  double width, height;
  ScopePanelBox *boxes; /* one for each panel */
  gsize count;
  gssize shared_bar;              /* the panel whose bar serves all that share a range, or -1 */
  double title_y;                 /* baseline of the figure's title */
  double key_x, key_y, key_width; /* first baseline of the key below the maps; 0: none */
} ScopeLayout;

struct _ScopeFigure {
  gint refs;
  ScopeStyle style;  /* font is owned */
  guint columns;     /* 0: chosen */
  GPtrArray *panels; /* ScopeResult */
  GArray *looks;     /* ScopePanelLook, one for each */
  char *title, *words, *recipe;
  ScopeNorm *norms; /* of the panels, once they were fitted: that looks at every cell. Atomic */
};

void scope_layout_init (ScopeLayout *self, const ScopeFigure *figure);
void scope_layout_clear (ScopeLayout *self);
/* Fills in the boxes' palettes and norms. (layout-norms.c) */
void scope_layout_fit_norms (ScopeLayout *self, const ScopeFigure *figure);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeLayout, scope_layout_clear)
/* What the key below the maps is of: the threshold of the fields (a recipe has one; 0: no fields are
 * drawn) and dropped tokens. */
gboolean scope_figure_has_key (const ScopeFigure *figure, double *epsilon, gboolean *dropped);
/* "10⁻³"; caller frees. */
char *scope_figure_epsilon (double epsilon) G_GNUC_WARN_UNUSED_RESULT;
/* Everything, in points at the canvas's origin. */
void scope_figure_paint (const ScopeFigure *figure, ScopeCanvas *canvas);

/* --- writers (write.c, write-png.c, write-vector.c, metadata.c) ---------------------------- */
/* The whole file in memory, or NULL with the reason (the path is added by the caller). DPI is for
 * PNG. */
GByteArray *scope_figure_to_png (ScopeFigure *figure, double dpi, GError **error);
GByteArray *scope_figure_to_pdf (ScopeFigure *figure, double dpi, GError **error);
GByteArray *scope_figure_to_svg (ScopeFigure *figure, double dpi, GError **error);
/* Calls FUNC with every provenance pair: the first panel's as "key", those of other panels that
 * differ as "panel-2:key"; last "recipe", if there is one. */
typedef void (*ScopeMetadataFunc) (const char *key, const char *value, gpointer data);
void scope_figure_metadata (const ScopeFigure *figure, ScopeMetadataFunc func, gpointer data);
char *scope_figure_title (const ScopeFigure *figure);

G_END_DECLS
