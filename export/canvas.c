#include <math.h>

#include "export/figure-private.h"

/* Embedded maps have at least this many dots per inch, so that a blur of one dot is not seen, and
 * at most this many in all. */
#define IMAGE_DPI   600.0
#define IMAGE_LIMIT 8192

/* Okabe and Ito's, without their yellow. The colour of axes comes last. */
static const guint32 on_light[SCOPE_N_SERIES]
    = { 0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x8a6d00, 0x1a1a1a };
static const guint32 on_dark[SCOPE_N_SERIES]
    = { 0x3b9be0, 0xf58c3d, 0x2fc59b, 0xdf9cc3, 0xf0b942, 0xa6d8f5, 0xc9a83a, 0xebebeb };

static const ScopeTheme light_theme = {
  .ink = { 0.10, 0.10, 0.10 },
  .faint = { 0.45, 0.45, 0.45 },
  .paper = { 1, 1, 1 },
  .boundary = { 0.86, 0.08, 0.16 },
  .global = { 0.835, 0.369, 0 },
  .local = { 0, 0.447, 0.698 },
  .series = on_light,
};

static const ScopeTheme dark_theme = {
  .ink = { 0.92, 0.92, 0.92 },
  .faint = { 0.62, 0.62, 0.62 },
  .paper = { 0.12, 0.12, 0.12 },
  .boundary = { 1.0, 0.32, 0.36 },
  .global = { 0.96, 0.55, 0.24 },
  .local = { 0.34, 0.71, 0.91 },
  .series = on_dark,
};

/* Hinting would move glyphs by the device's resolution; with it off, the layout is the same on the
 * screen and in every file. */
static PangoLayout *
new_layout (cairo_t *cr)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoContext *context = pango_layout_get_context (layout);
  cairo_font_options_t *options = cairo_font_options_create ();
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (context, options);
  pango_cairo_context_set_resolution (context, 72);
  pango_context_set_round_glyph_positions (context, FALSE);
  pango_context_set_language (context, pango_language_from_string ("en"));
  pango_layout_context_changed (layout);
  cairo_font_options_destroy (options);
  return layout;
}

void
scope_canvas_init (ScopeCanvas *self, cairo_t *cr, double scale, gboolean vector, const char *font,
                   double font_pt, gboolean dark)
{
  scope_fonts_init ();
  *self = (ScopeCanvas){
    .cr = cr,
    .scale = scale,
    .vector = vector,
    .theme = dark ? &dark_theme : &light_theme,
    .font = font != NULL ? font : "DejaVu Sans",
    .font_pt = font_pt,
    .line_scale = 1,
    .layout = new_layout (cr),
  };
}

void
scope_canvas_init_style (ScopeCanvas *self, cairo_t *cr, double scale, gboolean vector,
                         const ScopeStyle *style)
{
  scope_canvas_init (self, cr, scale, vector, style->font, style->font_pt, style->dark);
  self->line_scale = style->line_scale;
  self->colours = style->colours;
  self->n_colours = style->n_colours;
}

void
scope_canvas_init_measure (ScopeCanvas *self, const char *font, double font_pt)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (surface);
  scope_canvas_init (self, cr, 1, TRUE, font, font_pt, FALSE);
  self->cr = NULL;
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

void
scope_canvas_clear (ScopeCanvas *self)
{
  g_clear_object (&self->layout);
}

void
scope_canvas_set_colour (ScopeCanvas *self, ScopeColour colour)
{
  cairo_set_source_rgb (self->cr, colour.red, colour.green, colour.blue);
}

double
scope_canvas_line_width (ScopeCanvas *self, double width)
{
  double scaled = width * self->line_scale;
  if (self->probe != NULL)
    self->probe->least_line = MIN (self->probe->least_line, scaled);
  cairo_set_line_width (self->cr, scaled);
  return scaled;
}

ScopeColour
scope_canvas_series_colour (const ScopeCanvas *self, gsize series)
{
  if (self->n_colours > 0)
    return scope_colour_from_argb (self->colours[series % self->n_colours]);
  return scope_colour_from_argb (self->theme->series[series % SCOPE_N_SERIES]);
}

ScopeColour
scope_colour_from_argb (guint32 argb)
{
  return (ScopeColour){ (argb >> 16 & 0xff) / 255.0, (argb >> 8 & 0xff) / 255.0,
                        (argb & 0xff) / 255.0 };
}

static double
snap (const ScopeCanvas *self, double value)
{
  return self->vector ? value : round (value * self->scale) / self->scale;
}

ScopeRect
scope_canvas_snap (const ScopeCanvas *self, ScopeRect rect)
{
  double x = snap (self, rect.x), y = snap (self, rect.y);
  return (ScopeRect){ x, y, snap (self, rect.x + rect.width) - x,
                      snap (self, rect.y + rect.height) - y };
}

/* A line of WIDTH around CENTRE: where it begins and how wide it is, in whole device pixels. */
static void
snap_line (const ScopeCanvas *self, double centre, double width, double *begin, double *extent)
{
  *extent = self->vector ? width : MAX (1.0, round (width * self->scale)) / self->scale;
  *begin = snap (self, centre - *extent / 2);
}

void
scope_canvas_horizontal (ScopeCanvas *self, double x0, double x1, double y, double width)
{
  double begin, extent;
  width = scope_canvas_line_width (self, width);
  snap_line (self, y, width, &begin, &extent);
  cairo_rectangle (self->cr, x0, begin, x1 - x0, extent);
  cairo_fill (self->cr);
}

void
scope_canvas_vertical (ScopeCanvas *self, double x, double y0, double y1, double width)
{
  double begin, extent;
  width = scope_canvas_line_width (self, width);
  snap_line (self, x, width, &begin, &extent);
  cairo_rectangle (self->cr, begin, y0, extent, y1 - y0);
  cairo_fill (self->cr);
}

/* How often a pixel is repeated along an axis of COUNT pixels and LENGTH points. */
static int
replication (int count, double length)
{
  int wanted = (int)ceil (length / 72 * IMAGE_DPI / count);
  return CLAMP (wanted, 1, MAX (1, IMAGE_LIMIT / count));
}

static void
replicate_row (const guint32 *source, int count, int factor, guint32 *target)
{
  for (int x = 0; x < count; x++) {
    guint32 pixel = source[x] >> 24 == 0 ? 0xffffffffu : source[x];
    for (int k = 0; k < factor; k++)
      target[x * factor + k] = pixel;
  }
}

static cairo_surface_t *
replicate_image (cairo_surface_t *image, ScopeRect rect)
{
  int width = cairo_image_surface_get_width (image);
  int height = cairo_image_surface_get_height (image);
  int across = replication (width, rect.width), down = replication (height, rect.height);
  cairo_surface_t *big
      = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width * across, height * down);
  if (cairo_surface_status (big) != CAIRO_STATUS_SUCCESS)
    return big;
  cairo_surface_flush (image);
  const unsigned char *source = cairo_image_surface_get_data (image);
  unsigned char *target = cairo_image_surface_get_data (big);
  gsize source_stride = (gsize)cairo_image_surface_get_stride (image);
  gsize target_stride = (gsize)cairo_image_surface_get_stride (big);
  for (gsize y = 0; y < (gsize)height * (gsize)down; y++)
    replicate_row ((const guint32 *)(source + y / (gsize)down * source_stride), width, across,
                   (guint32 *)(target + y * target_stride));
  cairo_surface_mark_dirty (big);
  return big;
}

void
scope_canvas_image (ScopeCanvas *self, cairo_surface_t *image, ScopeRect rect)
{
  cairo_surface_t *drawn
      = self->vector ? replicate_image (image, rect) : cairo_surface_reference (image);
  double width = cairo_image_surface_get_width (drawn);
  double height = cairo_image_surface_get_height (drawn);
  if (self->probe != NULL)
    self->probe->least_dpi
        = MIN (self->probe->least_dpi, 72 * MIN (width / rect.width, height / rect.height));
  cairo_save (self->cr);
  cairo_rectangle (self->cr, rect.x, rect.y, rect.width, rect.height);
  cairo_clip (self->cr);
  cairo_translate (self->cr, rect.x, rect.y);
  cairo_scale (self->cr, rect.width / width, rect.height / height);
  cairo_set_source_surface (self->cr, drawn, 0, 0);
  /* With fewer device pixels than cells, NEAREST would drop cells: average them instead. */
  gboolean shrinks = !self->vector && rect.width * self->scale < width;
  cairo_pattern_set_filter (cairo_get_source (self->cr),
                            shrinks ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  cairo_paint (self->cr);
  cairo_restore (self->cr);
  cairo_surface_destroy (drawn);
}
