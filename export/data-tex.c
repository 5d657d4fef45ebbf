/* Panels for pgfplots. Maps are an image of one pixel a cell, as a hundred thousand cells are
 * beyond what TeX holds in memory; queries count downwards, so they are drawn at their negatives.
 */
#include <math.h>
#include <string.h>

#include "export/curves-private.h"
#include "export/data-private.h"
#include "export/latex.h"

#define POINT_MM      (25.4 / 72)
#define TICK_ROOM     34.0 /* points for "4,000" */
#define PALETTE_STEPS 17

static void
append_number (GString *out, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  if (isfinite (value))
    g_string_append (out, g_ascii_formatd (buffer, sizeof buffer, "%.9g", value));
  else
    g_string_append (out, "nan");
}

static void
append_pair (GString *out, const char *key, double value, const char *after)
{
  g_string_append (out, key);
  append_number (out, value);
  g_string_append (out, after);
}

static void
append_words (GString *out, const char *key, const char *words)
{
  g_autofree char *escaped = scope_latex_escape (words != NULL ? words : "");
  g_string_append_printf (out, "  %s={%s},\n", key, escaped);
}

static void
begin_axis (GString *out, const ScopePanelData *self, const char *x_label, const char *y_label)
{
  g_string_append (out, "% \\usepackage{pgfplots} \\pgfplotsset{compat=1.16}\n"
                        "\\begin{tikzpicture}\n\\begin{axis}[\n  scale only axis,\n");
  append_pair (out, "  width=", self->box->plot.width * POINT_MM, "mm,");
  append_pair (out, " height=", self->box->plot.height * POINT_MM, "mm,\n");
  append_words (out, "title", self->result->title);
  append_words (out, "xlabel", x_label);
  append_words (out, "ylabel", y_label);
}

/* --- maps ---------------------------------------------------------------------------------------
 */

static void
append_palette (GString *out, ScopePalette palette)
{
  g_string_append_printf (out, "  colormap={%s}{", scope_palette_name (palette));
  for (int k = 0; k < PALETTE_STEPS; k++) {
    guint32 colour = scope_palette_colour (palette, k / (PALETTE_STEPS - 1.0));
    g_string_append_printf (out, "%srgb255=(%u,%u,%u)", k > 0 ? " " : "", colour >> 16 & 0xff,
                            colour >> 8 & 0xff, colour & 0xff);
  }
  g_string_append (out, "},\n");
}

/* The bar runs over places on the palette, so that it serves every norm. */
static void
append_bar (GString *out, const ScopePanelData *self)
{
  g_auto (ScopeAxis) axis = { 0 };
  scope_axis_norm (&axis, &self->box->norm, 7);
  append_palette (out, self->box->palette);
  g_string_append (out,
                   "  colorbar, point meta min=0, point meta max=1,\n  colorbar style={ytick={");
  for (gsize k = 0; k < axis.count; k++)
    append_pair (out, k > 0 ? "," : "", axis.place[k], "");
  g_string_append (out, "}, yticklabels={");
  for (gsize k = 0; k < axis.count; k++) {
    g_autofree char *tick = scope_latex_escape (axis.label[k]);
    g_string_append_printf (out, "%s{%s}", k > 0 ? "," : "", tick);
  }
  g_autofree char *label = scope_figure_value_label (self->figure, (gssize)self->panel);
  g_autofree char *words = scope_latex_escape (label);
  g_string_append_printf (out, "}, ylabel={%s}},\n", words);
}

static void
append_ends (GString *out, const ScopeRange *range)
{
  append_pair (out, "xmin=", (double)range->column_begin, ",");
  append_pair (out, " xmax=", (double)range->column_end, ",");
  append_pair (out, " ymin=", 0 - (double)range->row_end, ",");
  append_pair (out, " ymax=", 0 - (double)range->row_begin, "");
}

/* As many as there is room for in a document's own letters, which are larger than the figure's. */
static void
append_ticks (GString *out, const char *key, gsize begin, gsize end, double room, double sign)
{
  g_auto (ScopeAxis) axis = { 0 };
  scope_axis_tokens (&axis, begin, end, (gsize)CLAMP (room, 2, SCOPE_MAX_TICKS));
  g_string_append_printf (out, "  %s={", key);
  for (gsize k = 0; k < axis.count; k++)
    append_pair (out, k > 0 ? "," : "", sign * axis.value[k], "");
  g_string_append (out, "},\n");
}

static gboolean
write_field (const ScopePanelData *self, GError **error)
{
  const ScopeResult *result = self->result;
  g_autoptr (GString) out = g_string_new ("key query\n");
  for (gsize k = 0; k < result->n_boundary; k++) {
    gint32 start = result->boundary_start[k];
    g_string_append_printf (out, start < 0 ? "nan %d\n" : "%d %d\n",
                            start < 0 ? -result->boundary_row[k] : start, -result->boundary_row[k]);
  }
  return scope_panel_data_write_text (self, "-field.dat", out->str, error);
}

gboolean
scope_panel_data_write_map_tex (const ScopePanelData *self, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean field = self->result->n_boundary > 0;
  begin_axis (out, self, "key token j", "query token i");
  g_string_append (out, "  axis on top, ");
  append_ends (out, &self->result->range);
  g_string_append (out, ",\n");
  const ScopeRange *range = &self->result->range;
  append_ticks (out, "xtick", range->column_begin, range->column_end,
                self->box->plot.width / TICK_ROOM, 1);
  append_ticks (out, "ytick", range->row_begin, range->row_end, self->box->plot.height / TICK_ROOM,
                -1);
  g_string_append (out, "  yticklabel={\\pgfmathparse{abs(\\tick)}"
                        "\\pgfmathprintnumber{\\pgfmathresult}},\n");
  append_bar (out, self);
  g_string_append (out, "]\n\\addplot graphics [");
  append_ends (out, &self->result->range);
  g_string_append_printf (out, "] {%s-cells.png};\n", self->name);
  if (field)
    g_string_append_printf (out,
                            "\\addplot [red, dashed, unbounded coords=jump] table [x=key, y=query] "
                            "{%s-field.dat};\n",
                            self->name);
  g_string_append (out, "\\end{axis}\n\\end{tikzpicture}\n");
  return (!field || write_field (self, error))
         && scope_panel_data_write_text (self, ".tex", out->str, error);
}

/* --- lines --------------------------------------------------------------------------------------
 */

/* Columns x0 y0 low0 high0 x1 …; shorter lines end in nan. */
static gboolean
write_table (const ScopePanelData *self, GError **error)
{
  const ScopeResult *result = self->result;
  g_autoptr (GString) out = g_string_new (NULL);
  gsize rows = 0;
  for (gsize k = 0; k < result->curves->len; k++) {
    rows = MAX (rows, scope_curve_at (result, k)->count);
    g_string_append_printf (out,
                            "%sx%" G_GSIZE_FORMAT " y%" G_GSIZE_FORMAT " low%" G_GSIZE_FORMAT
                            " high%" G_GSIZE_FORMAT,
                            k > 0 ? " " : "", k, k, k, k);
  }
  g_string_append_c (out, '\n');
  for (gsize i = 0; i < rows; i++)
    for (gsize k = 0; k < result->curves->len; k++) {
      const ScopeCurve *curve = scope_curve_at (result, k);
      gboolean here = i < curve->count;
      append_pair (out, "", here ? curve->x[i] : NAN, " ");
      append_pair (out, "", here ? curve->y[i] : NAN, " ");
      append_pair (out, "", here && curve->low != NULL ? curve->low[i] : NAN, " ");
      append_pair (out, "", here && curve->high != NULL ? curve->high[i] : NAN,
                   k + 1 < result->curves->len ? " " : "\n");
    }
  return scope_panel_data_write_text (self, ".dat", out->str, error);
}

static void
append_curve (GString *out, const ScopePanelData *self, ScopeCanvas *canvas, gsize k)
{
  const ScopeCurve *curve = scope_curve_at (self->result, k);
  ScopeCurveStyle style = scope_curve_style (canvas, self->result, curve);
  g_autofree char *name = scope_latex_escape (curve->name);
  g_string_append_printf (out, "\\addplot [color={rgb,255:red,%d;green,%d;blue,%d}, ",
                          (int)(style.colour.red * 255 + 0.5),
                          (int)(style.colour.green * 255 + 0.5),
                          (int)(style.colour.blue * 255 + 0.5));
  append_pair (out, "line width=", style.width, "pt");
  g_string_append_printf (out,
                          "%s, unbounded coords=jump] table [x=x%" G_GSIZE_FORMAT
                          ", y=y%" G_GSIZE_FORMAT "] {%s.dat};\n\\addlegendentry{%s}\n",
                          style.n_dash > 0 ? ", dashed" : "", k, k, self->name, name);
}

gboolean
scope_panel_data_write_curves_tex (const ScopePanelData *self, GError **error)
{
  const ScopeResult *result = self->result;
  const ScopeStyle *style = &self->figure->style;
  g_autoptr (GString) out = g_string_new (NULL);
  g_auto (ScopeCanvas) canvas = { 0 };
  scope_canvas_init_measure (&canvas, style->font, style->font_pt);
  canvas.colours = style->colours;
  canvas.n_colours = style->n_colours;
  begin_axis (out, self, result->x_label, result->y_label);
  g_string_append_printf (out, "  xmode=%s, ymode=%s,\n  legend pos=outer north east,\n]\n",
                          result->x_log ? "log" : "normal", result->y_log ? "log" : "normal");
  for (gsize k = 0; k < result->curves->len; k++)
    append_curve (out, self, &canvas, k);
  g_string_append (out, "\\end{axis}\n\\end{tikzpicture}\n");
  return write_table (self, error) && scope_panel_data_write_text (self, ".tex", out->str, error);
}
