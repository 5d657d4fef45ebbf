#include "ui/token-text-private.h"

#include <math.h>

#include "ui/format.h"

#define MARGIN        28 /* left and right of the column, where numbers stand */
#define MOST_EM       46 /* a column that is wider is hard to read */
#define KEPT_AROUND   6  /* layouts kept above and below what is in sight */
#define MEASURE_SLICE (4 * G_TIME_SPAN_MILLISECOND)
#define PAD           12 /* above and below the text */

static void scope_token_text_scrollable_init (GtkScrollableInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ScopeTokenText, scope_token_text, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE,
                                                      scope_token_text_scrollable_init))

enum { PROP_0, PROP_HADJUSTMENT, PROP_VADJUSTMENT, PROP_HPOLICY, PROP_VPOLICY };

guint scope_token_text_signals[TOKEN_TEXT_N];

static void
scope_token_text_scrollable_init (GtkScrollableInterface *iface)
{
}

/* --- where things are ---------------------------------------------------------------------------
 */

double
scope_token_text_value (ScopeTokenText *self)
{
  GtkAdjustment *place = self->adjustment[GTK_ORIENTATION_VERTICAL];
  return place != NULL ? gtk_adjustment_get_value (place) - PAD : -PAD;
}

static double
page (ScopeTokenText *self)
{
  return gtk_widget_get_height (GTK_WIDGET (self));
}

static void
configure (ScopeTokenText *self, double value)
{
  GtkAdjustment *across = self->adjustment[GTK_ORIENTATION_HORIZONTAL];
  GtkAdjustment *down = self->adjustment[GTK_ORIENTATION_VERTICAL];
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  double extent = 2 * PAD;
  if (self->blocks != NULL)
    extent += scope_token_blocks_top (self->blocks, scope_token_blocks_count (self->blocks));
  double upper = MAX (extent, page (self));
  self->placing = TRUE;
  if (across != NULL)
    gtk_adjustment_configure (across, 0, 0, width, 1, 1, width);
  if (down != NULL)
    gtk_adjustment_configure (down, CLAMP (value, 0, upper - page (self)), 0, upper,
                              0.1 * page (self), 0.9 * page (self), page (self));
  self->placing = FALSE;
}

void
scope_token_text_scroll_to (ScopeTokenText *self, double value)
{
  if (self->adjustment[GTK_ORIENTATION_VERTICAL] != NULL)
    gtk_adjustment_set_value (self->adjustment[GTK_ORIENTATION_VERTICAL], value + PAD);
}

/* What is on the screen stays where it is when a block above it turns out to be of another height.
 */
static void
set_height (ScopeTokenText *self, gsize k, double height)
{
  double old = scope_token_blocks_height (self->blocks, k), value = scope_token_text_value (self);
  gboolean above = scope_token_blocks_top (self->blocks, k) < value;
  scope_token_blocks_set_height (self->blocks, k, height);
  if (old != height)
    configure (self, value + PAD + (above ? height - old : 0));
}

ScopeTokenLayout *
scope_token_text_layout (ScopeTokenText *self, gsize block)
{
  ScopeTokenLayout *layout = g_hash_table_lookup (self->layouts, GSIZE_TO_POINTER (block));
  if (layout != NULL)
    return layout;
  layout = scope_token_layout_new (
      self->blocks, block, gtk_widget_get_pango_context (GTK_WIDGET (self)), self->column_width);
  g_hash_table_insert (self->layouts, GSIZE_TO_POINTER (block), layout);
  if (!scope_token_blocks_is_measured (self->blocks, block))
    set_height (self, block, layout->height);
  return layout;
}

static void
drop_distant (ScopeTokenText *self, gsize first, gsize last)
{
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, self->layouts);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    gsize block = GPOINTER_TO_SIZE (key);
    if (block + KEPT_AROUND < first || block > last + KEPT_AROUND)
      g_hash_table_iter_remove (&iter);
  }
}

/* Blocks in sight are laid out, which may change where they begin. */
static void
lay_out (ScopeTokenText *self)
{
  if (self->blocks == NULL || self->column_width <= 0)
    return;
  gsize count = scope_token_blocks_count (self->blocks);
  gsize first = scope_token_blocks_at (self->blocks, scope_token_text_value (self)), k = first;
  for (; k < count; k++) {
    scope_token_text_layout (self, k);
    if (scope_token_blocks_top (self->blocks, k + 1) > scope_token_text_value (self) + page (self))
      break;
  }
  drop_distant (self, first, MIN (k, count - 1));
  gsize seen = scope_token_text_get_first (self);
  if (seen != self->first) {
    self->first = seen;
    g_signal_emit (self, scope_token_text_signals[TOKEN_TEXT_SCROLLED], 0);
  }
}

static void
scrolled_cb (ScopeTokenText *self)
{
  if (self->placing)
    return;
  lay_out (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- measuring what is out of sight, while nothing else is to be done ----------------------------
 */

static gboolean
measure_cb (gpointer data)
{
  ScopeTokenText *self = data;
  gint64 end = g_get_monotonic_time () + MEASURE_SLICE;
  do {
    gsize k = self->blocks != NULL ? scope_token_blocks_next_estimate (self->blocks) : G_MAXSIZE;
    if (k == G_MAXSIZE || self->column_width <= 0) {
      self->measure_source = 0;
      return G_SOURCE_REMOVE;
    }
    g_autoptr (ScopeTokenLayout) layout = scope_token_layout_new (
        self->blocks, k, gtk_widget_get_pango_context (GTK_WIDGET (self)), self->column_width);
    set_height (self, k, layout->height);
  } while (g_get_monotonic_time () < end);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return G_SOURCE_CONTINUE;
}

static void
measure_rest (ScopeTokenText *self)
{
  if (self->measure_source == 0 && self->blocks != NULL)
    self->measure_source = g_idle_add_full (G_PRIORITY_LOW, measure_cb, self, NULL);
}

/* --- size and font -------------------------------------------------------------------------------
 */

static double
em_of (ScopeTokenText *self, double *character)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  double em
      = (double)(pango_font_metrics_get_ascent (metrics) + pango_font_metrics_get_descent (metrics))
        / PANGO_SCALE;
  *character = (double)pango_font_metrics_get_approximate_char_width (metrics) / PANGO_SCALE;
  pango_font_metrics_unref (metrics);
  return em;
}

/* The token at the top stays there. */
static void
rebuild (ScopeTokenText *self)
{
  double character, em = em_of (self, &character);
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  gsize first = self->first;
  self->column_width = MIN (width - 2 * MARGIN - (int)(2.5 * em), (int)(MOST_EM * em));
  self->left = (int)MAX (0.5 * (width - self->column_width), MARGIN + 2.5 * em);
  g_hash_table_remove_all (self->layouts);
  if (self->blocks == NULL || self->column_width <= 0)
    return;
  scope_token_blocks_estimate (self->blocks, em + SCOPE_TOKEN_LINE_SPACING,
                               0.95 * self->column_width / character);
  gsize block = scope_token_blocks_of_token (self->blocks, first);
  configure (self, scope_token_blocks_top (self->blocks, block) + PAD);
  if (first > 0) {
    ScopeTokenLayout *layout = scope_token_text_layout (self, block);
    double y = scope_token_layout_bounds (layout, first).origin.y;
    double above = self->sought ? page (self) / 3 : 0;
    configure (self, scope_token_blocks_top (self->blocks, block) + PAD + y - above);
  } else {
    configure (self, 0);
  }
  self->sought = FALSE;
  lay_out (self);
  measure_rest (self);
}

static gboolean
is_at_end (ScopeTokenText *self)
{
  GtkAdjustment *down = self->adjustment[GTK_ORIENTATION_VERTICAL];
  double value = down != NULL ? gtk_adjustment_get_value (down) : 0;
  return value > 0
         && value + gtk_adjustment_get_page_size (down) >= gtk_adjustment_get_upper (down) - 1;
}

/* Where the end of the text was in sight, it stays so. */
static void
scope_token_text_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeTokenText *self = SCOPE_TOKEN_TEXT (widget);
  double character, em = em_of (self, &character);
  int column = MIN (width - 2 * MARGIN - (int)(2.5 * em), (int)(MOST_EM * em));
  gboolean at_end = self->column_width > 0 && is_at_end (self); /* of this text */
  if (column != self->column_width)
    rebuild (self);
  self->left = (int)MAX (0.5 * (width - column), MARGIN + 2.5 * em);
  configure (self, at_end ? G_MAXDOUBLE : scope_token_text_value (self) + PAD);
  lay_out (self);
}

static void
scope_token_text_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  ScopeTokenText *self = SCOPE_TOKEN_TEXT (widget);
  GTK_WIDGET_CLASS (scope_token_text_parent_class)->css_changed (widget, change);
  g_hash_table_remove_all (self->layouts);
  self->column_width = 0; /* the font may be another */
  gtk_widget_queue_resize (widget);
}

static void
scope_token_text_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : 60;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 400;
}

/* --- what its owner asks -------------------------------------------------------------------------
 */

gboolean
scope_token_text_find (ScopeTokenText *self, double x, double y, gsize *token)
{
  if (self->blocks == NULL || self->column_width <= 0)
    return FALSE;
  y += scope_token_text_value (self);
  gsize block = scope_token_blocks_at (self->blocks, y);
  double top = scope_token_blocks_top (self->blocks, block);
  gboolean inside
      = y >= top && y < scope_token_blocks_top (self->blocks, block + 1) - SCOPE_TOKEN_LINE_SPACING;
  return scope_token_layout_find (scope_token_text_layout (self, block), x - self->left, y - top,
                                  token)
         && inside;
}

gboolean
scope_token_text_place (ScopeTokenText *self, gsize token, graphene_rect_t *area)
{
  if (self->blocks == NULL || self->column_width <= 0 || token >= scope_tokens_count (self->tokens))
    return FALSE;
  gsize block = scope_token_blocks_of_token (self->blocks, token);
  ScopeTokenLayout *layout = g_hash_table_lookup (self->layouts, GSIZE_TO_POINTER (block));
  if (layout == NULL)
    return FALSE;
  *area = scope_token_layout_bounds (layout, token);
  double y = scope_token_blocks_top (self->blocks, block) - scope_token_text_value (self);
  graphene_rect_offset (area, (float)self->left, (float)y);
  return area->origin.y + area->size.height > 0 && area->origin.y < page (self);
}

gsize
scope_token_text_get_first (ScopeTokenText *self)
{
  gsize token = 0;
  scope_token_text_find (self, self->left, 1, &token);
  return token;
}

gsize
scope_token_text_get_last (ScopeTokenText *self)
{
  gsize token = 0;
  scope_token_text_find (self, self->left + self->column_width, page (self) - 1, &token);
  return token;
}

void
scope_token_text_line (ScopeTokenText *self, gsize token, gsize *first, gsize *last)
{
  *first = *last = token;
  if (self->blocks == NULL || self->column_width <= 0)
    return;
  gsize block = scope_token_blocks_of_token (self->blocks, token);
  scope_token_layout_line (scope_token_text_layout (self, block), token, first, last);
}

void
scope_token_text_reveal (ScopeTokenText *self, gsize token)
{
  if (self->blocks == NULL || token >= scope_tokens_count (self->tokens))
    return;
  if (self->column_width <= 0) { /* not on the screen yet: it begins around there */
    self->first = token;
    self->sought = TRUE;
    return;
  }
  gsize block = scope_token_blocks_of_token (self->blocks, token);
  ScopeTokenLayout *layout = scope_token_text_layout (self, block);
  graphene_rect_t area = scope_token_layout_bounds (layout, token);
  double top = scope_token_blocks_top (self->blocks, block) + area.origin.y;
  double foot = top + area.size.height, value = scope_token_text_value (self);
  double room = MIN (1.5 * area.size.height, page (self) / 4);
  if (foot < value || top > value + page (self))
    value = top - page (self) / 3;
  else if (top - room < value)
    value = top - room;
  else if (foot + room > value + page (self))
    value = foot + room - page (self);
  scope_token_text_scroll_to (self, value);
}

char *
scope_token_text_copy (ScopeTokenText *self)
{
  if (self->tokens == NULL || self->anchor == G_MAXSIZE)
    return NULL;
  gsize begin = scope_tokens_span (self->tokens, MIN (self->anchor, self->extent)).begin;
  gsize end = scope_tokens_span (self->tokens, MAX (self->anchor, self->extent)).end;
  return g_utf8_make_valid (scope_tokens_text (self->tokens, NULL) + begin,
                            (gssize)(MAX (end, begin) - begin));
}

void
scope_token_text_say (ScopeTokenText *self, const char *label, const char *line)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, line, -1);
}

void
scope_token_text_set_tokens (ScopeTokenText *self, ScopeTokens *tokens)
{
  g_return_if_fail (SCOPE_IS_TOKEN_TEXT (self));
  if (tokens == self->tokens)
    return;
  g_hash_table_remove_all (self->layouts);
  g_clear_pointer (&self->blocks, scope_token_blocks_free);
  g_clear_pointer (&self->tokens, scope_tokens_unref);
  self->row = self->column = self->hover = self->anchor = self->extent = G_MAXSIZE;
  self->n_matches = self->first = 0;
  self->sought = FALSE;
  if (tokens != NULL) {
    self->tokens = scope_tokens_ref (tokens);
    self->blocks = scope_token_blocks_new (tokens);
  }
  self->column_width = 0;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
scope_token_text_set_reading (ScopeTokenText *self, ScopeReading *reading)
{
  g_return_if_fail (SCOPE_IS_TOKEN_TEXT (self) && self->reading == NULL);
  self->reading = g_object_ref (reading);
}

void
scope_token_text_recolour (ScopeTokenText *self, ScopePalette palette)
{
  GHashTableIter iter;
  gpointer layout;
  self->palette = palette;
  g_hash_table_iter_init (&iter, self->layouts);
  while (g_hash_table_iter_next (&iter, NULL, &layout))
    g_clear_pointer (&((ScopeTokenLayout *)layout)->node, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
scope_token_text_set_marks (ScopeTokenText *self, gsize row, gsize column)
{
  self->row = row;
  self->column = column;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
scope_token_text_set_matches (ScopeTokenText *self, const ScopeTokenMatch *matches, gsize count,
                              gsize current)
{
  self->matches = matches;
  self->n_matches = count;
  self->current_match = current;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- the widget ----------------------------------------------------------------------------------
 */

static void
set_adjustment (ScopeTokenText *self, GtkOrientation orientation, GtkAdjustment *adjustment)
{
  GtkAdjustment **slot = &self->adjustment[orientation];
  if (*slot == adjustment)
    return;
  if (*slot != NULL)
    g_signal_handlers_disconnect_by_func (*slot, scrolled_cb, self);
  g_clear_object (slot);
  if (adjustment == NULL)
    return;
  *slot = g_object_ref_sink (adjustment);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    g_signal_connect_swapped (adjustment, "value-changed", G_CALLBACK (scrolled_cb), self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
scope_token_text_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeTokenText *self = SCOPE_TOKEN_TEXT (object);
  if (id == PROP_HADJUSTMENT)
    set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, g_value_get_object (value));
  else if (id == PROP_VADJUSTMENT)
    set_adjustment (self, GTK_ORIENTATION_VERTICAL, g_value_get_object (value));
  else
    self->policy[id == PROP_VPOLICY] = (guint)g_value_get_enum (value);
}

static void
scope_token_text_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeTokenText *self = SCOPE_TOKEN_TEXT (object);
  if (id == PROP_HADJUSTMENT)
    g_value_set_object (value, self->adjustment[GTK_ORIENTATION_HORIZONTAL]);
  else if (id == PROP_VADJUSTMENT)
    g_value_set_object (value, self->adjustment[GTK_ORIENTATION_VERTICAL]);
  else
    g_value_set_enum (value, (int)self->policy[id == PROP_VPOLICY]);
}

static void
scope_token_text_dispose (GObject *object)
{
  ScopeTokenText *self = SCOPE_TOKEN_TEXT (object);
  g_clear_handle_id (&self->measure_source, g_source_remove);
  set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, NULL);
  set_adjustment (self, GTK_ORIENTATION_VERTICAL, NULL);
  g_clear_pointer (&self->layouts, g_hash_table_unref);
  g_clear_pointer (&self->blocks, scope_token_blocks_free);
  g_clear_pointer (&self->tokens, scope_tokens_unref);
  g_clear_object (&self->reading);
  G_OBJECT_CLASS (scope_token_text_parent_class)->dispose (object);
}

static void
scope_token_text_class_init (ScopeTokenTextClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  object_class->set_property = scope_token_text_set_property;
  object_class->get_property = scope_token_text_get_property;
  object_class->dispose = scope_token_text_dispose;
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HPOLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VPOLICY, "vscroll-policy");
  widget_class->measure = scope_token_text_measure;
  widget_class->size_allocate = scope_token_text_size_allocate;
  widget_class->css_changed = scope_token_text_css_changed;
  widget_class->snapshot = scope_token_text_snapshot;
  scope_token_text_signals[TOKEN_TEXT_PICKED]
      = g_signal_new ("picked", SCOPE_TYPE_TOKEN_TEXT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_BOOLEAN);
  scope_token_text_signals[TOKEN_TEXT_HOVERED]
      = g_signal_new ("hovered", SCOPE_TYPE_TOKEN_TEXT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 1, G_TYPE_UINT64);
  scope_token_text_signals[TOKEN_TEXT_SCROLLED] = g_signal_new (
      "scrolled", SCOPE_TYPE_TOKEN_TEXT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  scope_token_text_input_class_init (widget_class);
  gtk_widget_class_set_css_name (widget_class, "token-text");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
scope_token_text_init (ScopeTokenText *self)
{
  self->layouts = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)scope_token_layout_free);
  self->row = self->column = self->hover = self->anchor = self->extent = G_MAXSIZE;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  /* A text begins at the side where its own language does, whatever the desktop's is. */
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
  scope_token_text_input_init (self);
}
