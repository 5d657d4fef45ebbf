#include "ui/token-layout.h"

ScopeTokenLayout *
scope_token_layout_new (const ScopeTokenBlocks *blocks, gsize k, PangoContext *context, int width)
{
  ScopeTokenLayout *self = g_new0 (ScopeTokenLayout, 1);
  int height;
  scope_token_blocks_range (blocks, k, &self->begin, &self->end);
  g_autofree char *text = scope_token_blocks_text (blocks, k, &self->starts);
  self->layout = pango_layout_new (context);
  pango_layout_set_text (self->layout, text, -1);
  pango_layout_set_width (self->layout, width * PANGO_SCALE);
  pango_layout_set_wrap (self->layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_spacing (self->layout, SCOPE_TOKEN_LINE_SPACING * PANGO_SCALE);
  pango_layout_get_pixel_size (self->layout, NULL, &height);
  self->height = height + SCOPE_TOKEN_LINE_SPACING;
  return self;
}

void
scope_token_layout_free (ScopeTokenLayout *self)
{
  g_clear_pointer (&self->node, gsk_render_node_unref);
  g_object_unref (self->layout);
  g_free (self->starts);
  g_free (self);
}

/* The token whose text holds the byte; the last one behind the end. */
static gsize
token_of_byte (const ScopeTokenLayout *self, gsize byte)
{
  gsize low = 0, high = self->end - self->begin;
  while (low + 1 < high) {
    gsize middle = (low + high) / 2;
    if (self->starts[middle] <= byte)
      low = middle;
    else
      high = middle;
  }
  return self->begin + low;
}

/* Pieces of a token within a line: its ranges there, as wide as at least a hair. */
static void
line_pieces (PangoLayoutLine *line, int begin, int end, gsize token, float top, float foot,
             float baseline, ScopeTokenPieceFunc func, gpointer data)
{
  g_autofree int *ranges = NULL;
  int count = 0;
  pango_layout_line_get_x_ranges (line, begin, end, &ranges, &count);
  for (int n = 0; n < count; n++) {
    float left = (float)ranges[2 * n] / PANGO_SCALE;
    float right = (float)ranges[2 * n + 1] / PANGO_SCALE;
    graphene_rect_t area = GRAPHENE_RECT_INIT (left, top, MAX (right - left, 1), foot - top);
    func (token, &area, baseline, data);
  }
}

static void
pieces_of_line (const ScopeTokenLayout *self, PangoLayoutIter *iter, gsize first, gsize last,
                ScopeTokenPieceFunc func, gpointer data)
{
  PangoLayoutLine *line = pango_layout_iter_get_line_readonly (iter);
  int begin = line->start_index, end = begin + line->length;
  PangoRectangle box;
  pango_layout_iter_get_line_extents (iter, NULL, &box);
  float top = (float)box.y / PANGO_SCALE, foot = (float)(box.y + box.height) / PANGO_SCALE;
  float baseline = (float)pango_layout_iter_get_baseline (iter) / PANGO_SCALE;
  gsize token = MAX (token_of_byte (self, (gsize)begin), first);
  for (; token <= last && (int)self->starts[token - self->begin] < end; token++) {
    int from = MAX ((int)self->starts[token - self->begin], begin);
    int to = MIN ((int)self->starts[token - self->begin + 1], end);
    if (from < to)
      line_pieces (line, from, to, token, top, foot, baseline, func, data);
  }
}

void
scope_token_layout_pieces (const ScopeTokenLayout *self, gsize first, gsize last,
                           ScopeTokenPieceFunc func, gpointer data)
{
  first = MAX (first, self->begin);
  last = MIN (last, self->end - 1);
  if (first > last)
    return;
  gsize begin = self->starts[first - self->begin], end = self->starts[last - self->begin + 1];
  PangoLayoutIter *iter = pango_layout_get_iter (self->layout);
  do {
    PangoLayoutLine *line = pango_layout_iter_get_line_readonly (iter);
    gsize from = (gsize)line->start_index, to = from + (gsize)line->length;
    if (from >= end)
      break;
    if (to > begin)
      pieces_of_line (self, iter, first, last, func, data);
  } while (pango_layout_iter_next_line (iter));
  pango_layout_iter_free (iter);
}

typedef struct {
  graphene_rect_t bounds;
  gboolean any;
} Bounds;

static void
add_bounds (gsize token, const graphene_rect_t *area, float baseline, gpointer data)
{
  Bounds *out = data;
  if (out->any)
    graphene_rect_union (&out->bounds, area, &out->bounds);
  else
    out->bounds = *area;
  out->any = TRUE;
}

graphene_rect_t
scope_token_layout_bounds (const ScopeTokenLayout *self, gsize token)
{
  Bounds out = { GRAPHENE_RECT_INIT (0, 0, 1, 1), FALSE };
  scope_token_layout_pieces (self, token, token, add_bounds, &out);
  return out.bounds;
}

gboolean
scope_token_layout_find (const ScopeTokenLayout *self, double x, double y, gsize *token)
{
  int index, trailing;
  gboolean inside = pango_layout_xy_to_index (self->layout, (int)(x * PANGO_SCALE),
                                              (int)(y * PANGO_SCALE), &index, &trailing);
  *token = token_of_byte (self, (gsize)MAX (index, 0));
  return inside;
}

void
scope_token_layout_line (const ScopeTokenLayout *self, gsize token, gsize *first, gsize *last)
{
  int number, count = pango_layout_get_line_count (self->layout);
  pango_layout_index_to_line_x (self->layout, (int)self->starts[token - self->begin], FALSE,
                                &number, NULL);
  PangoLayoutLine *line
      = pango_layout_get_line_readonly (self->layout, CLAMP (number, 0, count - 1));
  gsize begin = (gsize)line->start_index, end = begin + (gsize)line->length;
  *first = token_of_byte (self, begin);
  if (self->starts[*first - self->begin] < begin && *first + 1 < self->end)
    (*first)++;
  *last = token_of_byte (self, end > begin ? end - 1 : begin);
  *first = MIN (*first, token);
  *last = MAX (*last, token);
}
