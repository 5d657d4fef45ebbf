/* Text. On the screen, in PNG and in PDF it is drawn with Pango. Cairo's SVG surface would turn it
 * into outlines that nobody can edit or search, so for SVG each text becomes an element of its own,
 * anchored where it is aligned: another font then moves neither end nor middle. */
#include <math.h>

#include "export/figure-private.h"

/* Half the height of a capital, in ems, for most sans serif faces. */
#define HALF_CAPITAL 0.36
#define HALO_WIDTH   2.0

#define RADIANS(degrees) ((degrees) * (G_PI / 180))

static ScopeColour
text_colour (const ScopeCanvas *self, const ScopeTextStyle *style)
{
  if (style->ink != NULL)
    return *style->ink;
  return style->faint ? self->theme->faint : self->theme->ink;
}

static double
text_size (const ScopeCanvas *self, const ScopeTextStyle *style)
{
  return style->size > 0 ? style->size : self->font_pt;
}

static void
prepare_layout (ScopeCanvas *self, const char *text, const ScopeTextStyle *style)
{
  PangoFontDescription *font = pango_font_description_from_string (self->font);
  pango_font_description_set_absolute_size (font, text_size (self, style) * PANGO_SCALE);
  pango_font_description_set_weight (font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (self->layout, font);
  pango_font_description_free (font);
  gboolean limited = style->max_width > 0;
  pango_layout_set_ellipsize (self->layout, limited ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  pango_layout_set_width (self->layout, limited ? (int)(style->max_width * PANGO_SCALE) : -1);
  pango_layout_set_single_paragraph_mode (self->layout, TRUE);
  pango_layout_set_text (self->layout, text, -1);
}

static double
layout_width (PangoLayout *layout)
{
  PangoRectangle logical;
  pango_layout_get_extents (layout, NULL, &logical);
  return (double)logical.width / PANGO_SCALE;
}

double
scope_canvas_text_width (ScopeCanvas *self, const char *text, const ScopeTextStyle *style)
{
  prepare_layout (self, text, style);
  return layout_width (self->layout);
}

static void
draw_text (ScopeCanvas *self, double x, double y, const ScopeTextStyle *style)
{
  cairo_t *cr = self->cr;
  PangoLayoutLine *line = pango_layout_get_line_readonly (self->layout, 0);
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_rotate (cr, RADIANS (style->turn));
  cairo_move_to (cr, -style->align * layout_width (self->layout), 0);
  if (style->halo) {
    double at_x, at_y;
    cairo_get_current_point (cr, &at_x, &at_y);
    pango_cairo_layout_line_path (cr, line);
    scope_canvas_set_colour (self, self->theme->paper);
    cairo_set_line_width (cr, HALO_WIDTH);
    cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke (cr);
    cairo_move_to (cr, at_x, at_y);
  }
  scope_canvas_set_colour (self, text_colour (self, style));
  pango_cairo_show_layout_line (cr, line);
  cairo_restore (cr);
}

static void
append_number (GString *out, const char *format, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append (out, g_ascii_formatd (buffer, sizeof buffer, format, value));
}

static void
append_colour (GString *out, const char *attribute, ScopeColour colour)
{
  g_string_append_printf (out, " %s=\"#%02x%02x%02x\"", attribute, (guint)(colour.red * 255 + 0.5),
                          (guint)(colour.green * 255 + 0.5), (guint)(colour.blue * 255 + 0.5));
}

/* Pango ellipsised on screen; an SVG keeps the same letters. */
static char *
visible_text (ScopeCanvas *self, const char *text)
{
  if (!pango_layout_is_ellipsized (self->layout))
    return g_strdup (text);
  glong length = g_utf8_strlen (text, -1);
  for (glong keep = length - 1; keep > 0; keep--) {
    g_autofree char *head = g_utf8_substring (text, 0, keep);
    g_autofree char *cut = g_strconcat (g_strchomp (head), "…", NULL);
    int width = pango_layout_get_width (self->layout);
    pango_layout_set_width (self->layout, -1);
    pango_layout_set_text (self->layout, cut, -1);
    gboolean fits = layout_width (self->layout) * PANGO_SCALE <= width;
    pango_layout_set_width (self->layout, width);
    if (fits)
      return g_steal_pointer (&cut);
  }
  return g_strdup ("…");
}

static void
record_text (ScopeCanvas *self, double x, double y, const char *text, const ScopeTextStyle *style)
{
  static const char *const anchors[] = { "start", "middle", "end" };
  GString *out = self->svg_text;
  g_string_append (out, "<text x=\"");
  append_number (out, "%.3f", x);
  g_string_append (out, "\" y=\"");
  append_number (out, "%.3f", y);
  g_string_append (out, "\" font-size=\"");
  append_number (out, "%.6g", text_size (self, style));
  g_string_append_printf (out, "\" text-anchor=\"%s\"", anchors[(int)(style->align * 2)]);
  if (style->bold)
    g_string_append (out, " font-weight=\"bold\"");
  if (style->turn != 0) {
    g_string_append (out, " transform=\"rotate(");
    append_number (out, "%.6g", style->turn);
    g_string_append_c (out, ' ');
    append_number (out, "%.3f", x);
    g_string_append_c (out, ' ');
    append_number (out, "%.3f", y);
    g_string_append (out, ")\"");
  }
  append_colour (out, "fill", text_colour (self, style));
  if (style->keep_spaces)
    g_string_append (out, " xml:space=\"preserve\"");
  if (style->halo) {
    append_colour (out, "stroke", self->theme->paper);
    g_string_append (out, " stroke-linejoin=\"round\" paint-order=\"stroke\" stroke-width=\"");
    append_number (out, "%.6g", HALO_WIDTH);
    g_string_append_c (out, '"');
  }
  g_autofree char *seen = visible_text (self, text);
  g_autofree char *escaped = g_markup_escape_text (seen, -1);
  g_string_append_printf (out, ">%s</text>\n", escaped);
}

void
scope_canvas_text (ScopeCanvas *self, double x, double y, const char *text,
                   const ScopeTextStyle *style)
{
  if (text == NULL || *text == '\0')
    return;
  prepare_layout (self, text, style);
  if (self->probe != NULL)
    self->probe->least_text = MIN (self->probe->least_text, text_size (self, style));
  double shift = style->middle ? HALF_CAPITAL * text_size (self, style) : 0;
  x -= shift * sin (RADIANS (style->turn));
  y += shift * cos (RADIANS (style->turn));
  if (self->svg_text != NULL)
    record_text (self, x, y, text, style);
  else
    draw_text (self, x, y, style);
}
