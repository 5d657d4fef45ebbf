/* How the colour bar looks: histogram, colours, ticks, handles, title. */
#include <adwaita.h>
#include <math.h>
#include <pango/pangocairo.h>

#include "ui/colour-bar-private.h"

#define LABEL_SCALE 0.84
#define TICK        4.0
#define HANDLE      7.0 /* how far a handle reaches from the bar */
#define STEPS       256
#define TICK_GAP    3.0 /* between a tick and its number */
#define TITLE_GAP   4.0

typedef struct {
  ScopeColourBar *bar;
  cairo_t *cr;
  double left; /* of the colours */
} Painter;

static void
set_ink (const Painter *self, double alpha)
{
  GdkRGBA ink;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self->bar)), &ink);
  cairo_set_source_rgba (self->cr, ink.red, ink.green, ink.blue, ink.alpha * alpha);
}

static void
set_paper (const Painter *self)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  double paper = dark ? 0.14 : 1;
  cairo_set_source_rgb (self->cr, paper, paper, paper);
}

static PangoLayout *
label_layout (const Painter *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self->bar), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (LABEL_SCALE));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

/* From the axis to the colours: places outside the range are of its ends' colours. */
static cairo_surface_t *
ramp_image (ScopeColourBar *bar)
{
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 1, STEPS);
  unsigned char *data = cairo_image_surface_get_data (image);
  gsize stride = (gsize)cairo_image_surface_get_stride (image);
  for (gsize k = 0; k < STEPS; k++) {
    double value = scope_norm_invert (&bar->axis, (double)k / (STEPS - 1));
    guint32 colour = scope_palette_colour (bar->palette, scope_norm_apply (&bar->norm, value));
    *(guint32 *)(void *)(data + (STEPS - 1 - k) * stride) = colour;
  }
  cairo_surface_mark_dirty (image);
  return image;
}

static void
paint_ramp (const Painter *self)
{
  const ScopeColourBar *bar = self->bar;
  cairo_surface_t *image = ramp_image (self->bar);
  cairo_save (self->cr);
  cairo_rectangle (self->cr, self->left, bar->top, SCOPE_BAR_WIDTH, bar->foot - bar->top);
  cairo_clip (self->cr);
  cairo_translate (self->cr, self->left, bar->top);
  cairo_scale (self->cr, SCOPE_BAR_WIDTH, (bar->foot - bar->top) / STEPS);
  cairo_set_source_surface (self->cr, image, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (self->cr), CAIRO_FILTER_NEAREST);
  cairo_paint (self->cr);
  cairo_restore (self->cr);
  cairo_surface_destroy (image);
}

/* To the left of the colours. Few values still show: heights go by the square root. */
static void
paint_bins (const Painter *self)
{
  ScopeColourBar *bar = self->bar;
  double room = self->left - 6;
  if (room <= 0 || bar->n_bins == 0)
    return;
  for (gsize k = 0; k < bar->n_bins; k++) {
    double foot = scope_colour_bar_y (bar, (double)k / (double)bar->n_bins);
    double top = scope_colour_bar_y (bar, (double)(k + 1) / (double)bar->n_bins);
    double width = sqrt (bar->bins[k]) * room;
    cairo_rectangle (self->cr, self->left - 1 - width, top, width, foot - top);
  }
  set_ink (self, 0.35);
  cairo_fill (self->cr);
}

static gboolean
is_of_powers (const ScopeColourBar *bar)
{
  return bar->axis.kind == SCOPE_NORM_LOG || bar->axis.kind == SCOPE_NORM_SYMLOG;
}

static double
colours_left (const ScopeColourBar *bar)
{
  return bar->has_axis ? SCOPE_BAR_LEFT : 4;
}

static double
ticks_left (const ScopeColourBar *bar)
{
  return colours_left (bar) + SCOPE_BAR_WIDTH + (bar->has_axis ? HANDLE : 0);
}

static double
paint_ticks (const Painter *self, double line)
{
  ScopeColourBar *bar = self->bar;
  double ticks[32], reach = 0;
  double right = ticks_left (bar);
  gsize most = (gsize)CLAMP ((bar->foot - bar->top) / (line * 1.9), 2, 9);
  gsize count = scope_norm_ticks (&bar->axis, ticks, most);
  gboolean powers = is_of_powers (bar);
  for (gsize k = 0; k < count; k++) {
    double y = round (scope_colour_bar_y (bar, scope_norm_apply (&bar->axis, ticks[k])));
    gboolean small = fabs (ticks[k]) < 1e-3;
    g_autofree char *text = scope_tick_label (ticks[k], (powers || small) && ticks[k] != 0);
    g_autoptr (PangoLayout) layout = label_layout (self, text);
    int width, height;
    pango_layout_get_pixel_size (layout, &width, &height);
    set_ink (self, 0.45);
    cairo_rectangle (self->cr, self->left + SCOPE_BAR_WIDTH, y,
                     right - self->left - SCOPE_BAR_WIDTH + TICK, 1);
    cairo_fill (self->cr);
    set_ink (self, 0.85);
    cairo_move_to (self->cr, right + TICK + TICK_GAP, y - height / 2.0);
    pango_cairo_show_layout (self->cr, layout);
    reach = MAX (reach, width);
  }
  return right + TICK + TICK_GAP + reach;
}

static void
paint_title (const Painter *self, double left)
{
  ScopeColourBar *bar = self->bar;
  g_autoptr (PangoLayout) layout = label_layout (self, bar->label);
  int width, height;
  pango_layout_get_pixel_size (layout, &width, &height);
  double room = gtk_widget_get_width (GTK_WIDGET (bar)) - height;
  cairo_save (self->cr);
  cairo_translate (self->cr, MIN (left + TITLE_GAP, room),
                   (bar->top + bar->foot) / 2 + width / 2.0);
  cairo_rotate (self->cr, -G_PI_2);
  pango_cairo_update_layout (self->cr, layout);
  set_ink (self, 0.85);
  cairo_move_to (self->cr, 0, 0);
  pango_cairo_show_layout (self->cr, layout);
  cairo_restore (self->cr);
}

/* --- handles -------------------------------------------------------------------------------------
 */

/* A tab that points at the bar from outside; ε's stands on the other side. */
static void
handle_path (const Painter *self, double y, gboolean from_left)
{
  double tip = from_left ? self->left : self->left + SCOPE_BAR_WIDTH;
  double out = from_left ? -HANDLE : HANDLE;
  cairo_move_to (self->cr, tip, y);
  cairo_line_to (self->cr, tip + out * 0.6, y - HANDLE * 0.7);
  cairo_line_to (self->cr, tip + out * 1.5, y - HANDLE * 0.7);
  cairo_line_to (self->cr, tip + out * 1.5, y + HANDLE * 0.7);
  cairo_line_to (self->cr, tip + out * 0.6, y + HANDLE * 0.7);
  cairo_close_path (self->cr);
}

static void
paint_handle (const Painter *self, ScopeBarHandle handle)
{
  ScopeColourBar *bar = self->bar;
  gboolean epsilon = handle == SCOPE_BAR_EPSILON;
  gboolean chosen = bar->dragged == handle
                    || (bar->chosen == handle && gtk_widget_has_focus (GTK_WIDGET (bar)));
  double y = scope_colour_bar_y (bar, scope_colour_bar_place (bar, handle));
  if (epsilon) {
    cairo_rectangle (self->cr, self->left - 2, y - 1, SCOPE_BAR_WIDTH + 2, 2);
    cairo_set_source_rgb (self->cr, 1.0, 0.36, 0.27);
    cairo_fill (self->cr);
  }
  handle_path (self, y, epsilon);
  if (epsilon)
    cairo_set_source_rgb (self->cr, 1.0, 0.36, 0.27);
  else
    set_paper (self);
  cairo_fill_preserve (self->cr);
  set_ink (self, chosen ? 1 : 0.7);
  cairo_set_line_width (self->cr, chosen ? 2.5 : 1.2);
  cairo_stroke (self->cr);
}

/* It may stand on the histogram: the ground around its letter is cleared. */
static void
paint_epsilon_name (const Painter *self)
{
  ScopeColourBar *bar = self->bar;
  g_autoptr (PangoLayout) layout = label_layout (self, "ε");
  int width, height;
  pango_layout_get_pixel_size (layout, &width, &height);
  double y = scope_colour_bar_y (bar, scope_colour_bar_place (bar, SCOPE_BAR_EPSILON));
  cairo_move_to (self->cr, self->left - 1.5 * HANDLE - width - 4, y - height / 2.0);
  pango_cairo_layout_path (self->cr, layout);
  set_paper (self);
  cairo_set_line_width (self->cr, 5);
  cairo_set_line_join (self->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke_preserve (self->cr);
  set_ink (self, 0.95);
  cairo_fill (self->cr);
}

GskRenderNode *
scope_colour_bar_paint (ScopeColourBar *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                     (float)gtk_widget_get_height (widget)));
  Painter painter = { self, cr, colours_left (self) };
  g_autoptr (PangoLayout) probe = label_layout (&painter, "0");
  int line;
  pango_layout_get_pixel_size (probe, NULL, &line);
  paint_bins (&painter);
  paint_ramp (&painter);
  double reach = paint_ticks (&painter, line);
  paint_title (&painter, reach);
  for (ScopeBarHandle handle = 0; handle < SCOPE_BAR_N_HANDLES; handle++)
    if (scope_colour_bar_has (self, handle))
      paint_handle (&painter, handle);
  if (scope_colour_bar_has (self, SCOPE_BAR_EPSILON))
    paint_epsilon_name (&painter);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

int
scope_colour_bar_width (ScopeColourBar *self)
{
  Painter painter = { self, NULL, 0 };
  double widest = self->axis.kind == SCOPE_NORM_LOG ? 1e-10 : is_of_powers (self) ? -1e-10 : -2e-4;
  g_autofree char *text = scope_tick_label (widest, TRUE);
  g_autoptr (PangoLayout) layout = label_layout (&painter, text);
  int width, line;
  pango_layout_get_pixel_size (layout, &width, &line);
  return (int)ceil (ticks_left (self) + TICK + TICK_GAP + width + TITLE_GAP + line);
}
