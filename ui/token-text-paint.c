/* The text's drawing: each block is a node that is made once for its values and then only moved;
 * marks, matches and the selection are drawn over it. */
#include <math.h>

#include "ui/colours.h"
#include "ui/format.h"
#include "ui/token-text-private.h"

#define RADIUS     3
#define MARK_WIDTH 2
#define NUMBER_GAP 14 /* between the numbers and the column */
/* Relative luminance above which black is read more easily than white. */
#define BRIGHT 0.179

typedef struct {
  GdkRGBA ink, dim, faint, accent, match;
} Theme;

static Theme
theme_of (GtkWidget *widget)
{
  Theme out;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &out.ink);
  out.dim = out.ink;
  out.dim.alpha *= 0.72f;
  out.faint = out.ink;
  out.faint.alpha *= 0.78f;
  out.accent = scope_named_colour (widget, "accent_color");
  out.match = scope_named_colour (widget, "scope_match");
  return out;
}

/* --- a block ------------------------------------------------------------------------------------
 */

typedef struct {
  ScopeTokenText *text;
  const ScopeReadingView *view; /* NULL: no colours */
  GtkSnapshot *snapshot;
  GdkRGBA ink, faint;
} BlockPaint;

static gboolean
is_dropped (const BlockPaint *self, gsize token)
{
  return self->view != NULL && self->view->dropped != NULL && self->view->dropped[token];
}

/* Of an attention that is below its logarithmic scale nothing is to be seen. */
static gboolean
is_below (const BlockPaint *self, gsize token)
{
  const ScopeNorm *norm = &self->view->norm;
  return norm->kind == SCOPE_NORM_LOG && fabs (self->view->values[token]) < norm->low;
}

/* What is dropped and has no part in what is shown has no colour either. */
static gboolean
colour_of (const BlockPaint *self, gsize token, GdkRGBA *out)
{
  if (self->view == NULL || !isfinite (self->view->values[token])
      || (is_dropped (self, token) && self->view->values[token] == 0) || is_below (self, token))
    return FALSE;
  double place = scope_norm_apply (&self->view->norm, self->view->values[token]);
  guint32 argb = scope_palette_colour (self->text->palette, place);
  *out = (GdkRGBA){ (float)(argb >> 16 & 0xff) / 255, (float)(argb >> 8 & 0xff) / 255,
                    (float)(argb & 0xff) / 255, 1 };
  return TRUE;
}

static double
linear (float channel)
{
  return channel <= 0.04045f ? channel / 12.92 : pow ((channel + 0.055) / 1.055, 2.4);
}

/* Black or white, whichever is read more easily on the token's colour. */
static GdkRGBA
ink_on (const BlockPaint *self, gsize token)
{
  GdkRGBA back;
  if (!colour_of (self, token, &back))
    return is_dropped (self, token) ? self->faint : self->ink;
  double bright
      = 0.2126 * linear (back.red) + 0.7152 * linear (back.green) + 0.0722 * linear (back.blue);
  float level = bright > BRIGHT ? 0 : 1;
  return (GdkRGBA){ level, level, level, 1 };
}

static void
paint_back (gsize token, const graphene_rect_t *area, float baseline, gpointer data)
{
  BlockPaint *self = data;
  GdkRGBA colour;
  if (!colour_of (self, token, &colour))
    return;
  graphene_rect_t inner = GRAPHENE_RECT_INIT (area->origin.x, area->origin.y - 1, area->size.width,
                                              area->size.height + 2);
  gtk_snapshot_append_color (self->snapshot, &colour, &inner);
}

static void
paint_strike (gsize token, const graphene_rect_t *area, float baseline, gpointer data)
{
  BlockPaint *self = data;
  if (!is_dropped (self, token))
    return;
  GdkRGBA ink = ink_on (self, token);
  ink.alpha *= 0.6f; /* quieter than the letters, which are still read */
  float thick = MAX (1.5f, area->size.height / 14);
  float y = roundf (baseline - 0.3f * (baseline - area->origin.y));
  gtk_snapshot_append_color (self->snapshot, &ink,
                             &GRAPHENE_RECT_INIT (area->origin.x, y, area->size.width, thick));
}

static void
insert (PangoAttrList *list, PangoAttribute *attribute, const ScopeTokenLayout *layout, gsize begin,
        gsize end)
{
  attribute->start_index = (guint)layout->starts[begin - layout->begin];
  attribute->end_index = (guint)layout->starts[end - layout->begin];
  pango_attr_list_insert (list, attribute);
}

/* Neighbours of one ink are one attribute. */
static PangoAttrList *
inks (const BlockPaint *self, const ScopeTokenLayout *layout)
{
  PangoAttrList *list = pango_attr_list_new ();
  for (gsize t = layout->begin, next; t < layout->end; t = next) {
    GdkRGBA ink = ink_on (self, t);
    for (next = t + 1; next < layout->end; next++) {
      GdkRGBA other = ink_on (self, next);
      if (!gdk_rgba_equal (&ink, &other))
        break;
    }
    PangoAttribute *attribute = pango_attr_foreground_new (
        (guint16)(ink.red * 65535), (guint16)(ink.green * 65535), (guint16)(ink.blue * 65535));
    insert (list, attribute, layout, t, next);
    insert (list, pango_attr_foreground_alpha_new ((guint16)MAX (ink.alpha * 65535, 1)), layout, t,
            next);
  }
  return list;
}

static GskRenderNode *
block_node (ScopeTokenText *self, ScopeTokenLayout *layout, const Theme *theme)
{
  BlockPaint paint = { self, NULL, gtk_snapshot_new (), theme->ink, theme->dim };
  if (self->reading != NULL)
    paint.view = scope_reading_get_view (self->reading);
  if (paint.view != NULL && paint.view->count != scope_tokens_count (self->tokens))
    paint.view = NULL; /* of the text before */
  PangoAttrList *list = inks (&paint, layout);
  pango_layout_set_attributes (layout->layout, list);
  pango_attr_list_unref (list);
  scope_token_layout_pieces (layout, layout->begin, layout->end - 1, paint_back, &paint);
  gtk_snapshot_append_layout (paint.snapshot, layout->layout, &theme->ink);
  if (paint.view != NULL && paint.view->dropped != NULL)
    scope_token_layout_pieces (layout, layout->begin, layout->end - 1, paint_strike, &paint);
  GskRenderNode *node = gtk_snapshot_free_to_node (paint.snapshot);
  return node != NULL ? node : gsk_container_node_new (NULL, 0);
}

/* The number of the block's first token, beside its first line. */
static void
paint_number (ScopeTokenText *self, GtkSnapshot *snapshot, const ScopeTokenLayout *layout,
              const Theme *theme)
{
  g_autofree char *number = scope_format_count (layout->begin);
  g_autoptr (PangoLayout) text = gtk_widget_create_pango_layout (GTK_WIDGET (self), number);
  PangoAttrList *list = pango_attr_list_new ();
  int width;
  pango_attr_list_insert (list, pango_attr_scale_new (0.8));
  pango_layout_set_attributes (text, list);
  pango_attr_list_unref (list);
  pango_layout_get_pixel_size (text, &width, NULL);
  double lower
      = (double)(pango_layout_get_baseline (layout->layout) - pango_layout_get_baseline (text))
        / PANGO_SCALE;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT ((float)(-width - NUMBER_GAP), (float)lower));
  gtk_snapshot_append_layout (snapshot, text, &theme->faint);
  gtk_snapshot_restore (snapshot);
}

/* --- marks --------------------------------------------------------------------------------------
 */

typedef struct {
  GtkSnapshot *snapshot;
  GdkRGBA colour;
  float width;
} MarkPaint;

static void
paint_frame (gsize token, const graphene_rect_t *area, float baseline, gpointer data)
{
  const MarkPaint *self = data;
  graphene_rect_t outer;
  GskRoundedRect frame;
  graphene_rect_inset_r (area, -self->width, -self->width, &outer);
  gsk_rounded_rect_init_from_rect (&frame, &outer, RADIUS);
  const float widths[4] = { self->width, self->width, self->width, self->width };
  const GdkRGBA colours[4] = { self->colour, self->colour, self->colour, self->colour };
  gtk_snapshot_append_border (self->snapshot, &frame, widths, colours);
}

static void
paint_underline (gsize token, const graphene_rect_t *area, float baseline, gpointer data)
{
  const MarkPaint *self = data;
  gtk_snapshot_append_color (self->snapshot, &self->colour,
                             &GRAPHENE_RECT_INIT (area->origin.x,
                                                  area->origin.y + area->size.height,
                                                  area->size.width, self->width));
}

static void
paint_wash (gsize token, const graphene_rect_t *area, float baseline, gpointer data)
{
  const MarkPaint *self = data;
  gtk_snapshot_append_color (self->snapshot, &self->colour, area);
}

/* The first match that ends behind TOKEN. */
static gsize
match_from (const ScopeTokenText *self, gsize token)
{
  gsize low = 0, high = self->n_matches;
  while (low < high) {
    gsize middle = (low + high) / 2;
    if (self->matches[middle].end <= token)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void
paint_matches (ScopeTokenText *self, GtkSnapshot *snapshot, const ScopeTokenLayout *layout,
               const Theme *theme)
{
  for (gsize m = match_from (self, layout->begin);
       m < self->n_matches && self->matches[m].begin < layout->end; m++) {
    gboolean current = m == self->current_match;
    MarkPaint mark = { snapshot, theme->match, current ? 2.5f : 1 };
    scope_token_layout_pieces (layout, self->matches[m].begin, self->matches[m].end - 1,
                               paint_frame, &mark);
  }
}

static void
paint_marks (ScopeTokenText *self, GtkSnapshot *snapshot, const ScopeTokenLayout *layout,
             const Theme *theme)
{
  MarkPaint wash = { snapshot, theme->accent, 0 };
  wash.colour.alpha = 0.35f;
  MarkPaint frame = { snapshot, theme->accent, MARK_WIDTH };
  MarkPaint line = { snapshot, theme->accent, MARK_WIDTH + 1 };
  if (self->anchor != G_MAXSIZE && self->anchor != self->extent)
    scope_token_layout_pieces (layout, MIN (self->anchor, self->extent),
                               MAX (self->anchor, self->extent), paint_wash, &wash);
  paint_matches (self, snapshot, layout, theme);
  if (self->column != G_MAXSIZE)
    scope_token_layout_pieces (layout, self->column, self->column, paint_underline, &line);
  if (self->row != G_MAXSIZE)
    scope_token_layout_pieces (layout, self->row, self->row, paint_frame, &frame);
}

void
scope_token_text_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeTokenText *self = SCOPE_TOKEN_TEXT (widget);
  if (self->blocks == NULL || self->column_width <= 0)
    return;
  Theme theme = theme_of (widget);
  double value = scope_token_text_value (self);
  gsize count = scope_token_blocks_count (self->blocks);
  for (gsize k = scope_token_blocks_at (self->blocks, value); k < count; k++) {
    double top = scope_token_blocks_top (self->blocks, k) - value;
    if (top > gtk_widget_get_height (widget))
      break;
    ScopeTokenLayout *layout = scope_token_text_layout (self, k);
    if (layout->node == NULL)
      layout->node = block_node (self, layout, &theme);
    gtk_snapshot_save (snapshot);
    gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)self->left, (float)round (top)));
    paint_number (self, snapshot, layout, &theme);
    gtk_snapshot_append_node (snapshot, layout->node);
    paint_marks (self, snapshot, layout, &theme);
    gtk_snapshot_restore (snapshot);
  }
}
