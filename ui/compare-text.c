#include "ui/compare-text.h"

#include <adwaita.h>
#include <math.h>

#include "export/norm.h"
#include "export/palette.h"
#include "ui/format.h"
#include "ui/template.h"

#define MARGIN    12
#define DARK_BLUE 0.18 /* of the palette: white letters are read on it */
#define SHADES    33   /* odd: one of them is that of no difference */

struct _ScopeCompareText {
  GtkWidget parent;
  ScopeSession *session;
  ScopeCompare *compare;
  GtkTextView *view;
  GtkTextTag *shade[SHADES], *dropped[SCOPE_N_SIDES], *faint, *row;
  const ScopeCompareRow *shown; /* to compare with only */
  guint *offsets;               /* of each token's first character, and of the end */
  gsize count;
  GdkRGBA ink;  /* of the text, for which the tags are coloured */
  guint frames; /* until the row is brought into sight; 0: it was */
};

G_DEFINE_FINAL_TYPE (ScopeCompareText, scope_compare_text, GTK_TYPE_WIDGET)

/* --- colours ------------------------------------------------------------------------------------
 */

static GdkRGBA
colour_at (double place)
{
  guint32 colour = scope_palette_colour (SCOPE_PALETTE_BALANCE, place);
  return (GdkRGBA){ (float)((colour >> 16) & 0xff) / 255, (float)((colour >> 8) & 0xff) / 255,
                    (float)(colour & 0xff) / 255, 1 };
}

/* Ink that can be read on COLOUR, by its luminance. */
static GdkRGBA
ink_on (const GdkRGBA *colour)
{
  double light = 0.2126 * colour->red + 0.7152 * colour->green + 0.0722 * colour->blue;
  float ink = light > 0.5 ? 0.05f : 1.0f;
  return (GdkRGBA){ ink, ink, ink, 1 };
}

/* The palette is lightest where nothing differs, as paper is; on a dark ground that would shine
 * most: there a colour of each sign comes out of the ground instead. */
static void
colour_tag (GtkTextTag *tag, double place, gboolean dark)
{
  double strength = fabs (2 * place - 1);
  GdkRGBA paper = colour_at (!dark ? place : place < 0.5 ? DARK_BLUE : 1 - DARK_BLUE), ink;
  ink = dark ? (GdkRGBA){ 1, 1, 1, 1 } : ink_on (&paper);
  GdkRGBA line = { ink.red, ink.green, ink.blue, 0.5f }; /* the letters are still read */
  if (dark)
    paper.alpha = (float)(0.15 + 0.85 * strength);
  g_object_set (tag, "background-rgba", &paper, "foreground-rgba", &ink, "strikethrough-rgba",
                &line, NULL);
}

/* What is dropped is quieter than what is kept; the line through it is quieter than the letters,
 * which are still read. */
static void
colour_tags (ScopeCompareText *self)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GdkRGBA ink;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self->view)), &ink);
  if (gdk_rgba_equal (&ink, &self->ink)) /* the text is laid out anew for every change */
    return;
  self->ink = ink;
  for (guint k = 0; k < SHADES; k++)
    colour_tag (self->shade[k], (double)k / (SHADES - 1), dark);
  ink.alpha *= 0.72f;
  g_object_set (self->faint, "foreground-rgba", &ink, NULL);
  ink.alpha *= 0.6f;
  g_object_set (self->faint, "strikethrough-rgba", &ink, NULL);
}

static void
scope_compare_text_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_compare_text_parent_class)->css_changed (widget, change);
  colour_tags (SCOPE_COMPARE_TEXT (widget));
}

/* What reads the same on both sides keeps the text's own colours. */
static GtkTextTag *
shade_of (ScopeCompareText *self, const ScopeNorm *norm, double difference)
{
  if (isnan (difference) || difference == 0)
    return NULL;
  guint k = (guint)lround (scope_norm_apply (norm, difference) * (SHADES - 1));
  return k == SHADES / 2 ? NULL : self->shade[MIN (k, SHADES - 1)];
}

/* --- text ---------------------------------------------------------------------------------------
 */

static void
insert_token (ScopeCompareText *self, GtkTextBuffer *buffer, const ScopeCompareRow *row,
              const ScopeNorm *norm, gsize k)
{
  ScopeTokens *tokens = scope_compare_get_tokens (self->compare, SCOPE_SIDE_A);
  g_autofree char *shown = scope_tokens_display (tokens, row->begin + k);
  GtkTextIter from, to;
  gtk_text_buffer_get_end_iter (buffer, &to);
  guint begin = (guint)gtk_text_iter_get_offset (&to);
  gtk_text_buffer_insert (buffer, &to, shown, -1);
  gtk_text_buffer_get_iter_at_offset (buffer, &from, (int)begin);
  GtkTextTag *shade
      = shade_of (self, norm, row->value[SCOPE_SIDE_B][k] - row->value[SCOPE_SIDE_A][k]);
  if (shade != NULL)
    gtk_text_buffer_apply_tag (buffer, shade, &from, &to);
  else if (row->dropped[SCOPE_SIDE_A][k] || row->dropped[SCOPE_SIDE_B][k])
    gtk_text_buffer_apply_tag (buffer, self->faint, &from, &to);
  for (guint side = 0; side < SCOPE_N_SIDES; side++)
    if (row->dropped[side][k])
      gtk_text_buffer_apply_tag (buffer, self->dropped[side], &from, &to);
  if (row->begin + k == row->row)
    gtk_text_buffer_apply_tag (buffer, self->row, &from, &to);
  self->offsets[k] = begin;
  self->offsets[k + 1] = (guint)gtk_text_iter_get_offset (&to);
}

static void
describe (ScopeCompareText *self, const ScopeCompareRow *row)
{
  guint dropped = 0;
  for (gsize k = 0; k < self->count; k++)
    dropped += row->dropped[SCOPE_SIDE_B][k];
  g_autofree char *spoken
      = g_strdup_printf ("Tokens %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT
                         ", coloured by how much more B reads them than A in row %" G_GSIZE_FORMAT
                         "; %u of them dropped in B",
                         row->begin, row->end - 1, row->row, dropped);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  spoken, -1);
}

static gboolean
laid_out_cb (GtkWidget *view, GdkFrameClock *clock, gpointer data)
{
  ScopeCompareText *self = data;
  if (--self->frames > 0)
    return G_SOURCE_CONTINUE;
  GtkTextMark *row = gtk_text_buffer_get_insert (gtk_text_view_get_buffer (self->view));
  gtk_text_view_scroll_to_mark (self->view, row, 0.05, FALSE, 0, 0);
  return G_SOURCE_REMOVE;
}

/* Once the text is laid out as wide as it is shown: GTK loses what it was told to show before. */
static void
show_row (ScopeCompareText *self)
{
  if (self->frames == 0)
    gtk_widget_add_tick_callback (GTK_WIDGET (self->view), laid_out_cb, self, NULL);
  self->frames = 2;
}

static void
changed_cb (ScopeCompareText *self)
{
  const ScopeCompareRow *row = scope_compare_get_row (self->compare);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  if (row == self->shown)
    return;
  self->shown = row;
  gtk_text_buffer_set_text (buffer, "", -1);
  self->count = row != NULL ? row->end - row->begin : 0;
  if (row == NULL)
    return;
  double high = row->most > 0 ? row->most : 1;
  ScopeNorm norm = { .kind = SCOPE_NORM_SYMLOG, .low = high * 1e-4, .high = high };
  self->offsets = g_renew (guint, self->offsets, self->count + 1);
  for (gsize k = 0; k < self->count; k++)
    insert_token (self, buffer, row, &norm, k);
  describe (self, row);
  GtkTextIter at;
  gtk_text_buffer_get_iter_at_offset (buffer, &at, (int)self->offsets[row->row - row->begin]);
  gtk_text_buffer_place_cursor (buffer, &at);
  show_row (self);
}

static void
released_cb (GtkGestureClick *gesture, int n_press, double x, double y, ScopeCompareText *self)
{
  GtkTextIter at;
  int bx, by;
  gtk_text_view_window_to_buffer_coords (self->view, GTK_TEXT_WINDOW_WIDGET, (int)x, (int)y, &bx,
                                         &by);
  gtk_text_view_get_iter_at_location (self->view, &at, bx, by);
  guint offset = (guint)gtk_text_iter_get_offset (&at);
  for (gsize k = 0; k < self->count && self->shown != NULL; k++)
    if (offset >= self->offsets[k] && offset < self->offsets[k + 1]
        && self->shown->begin + k <= self->shown->row)
      scope_session_select (self->session, self->shown->row, self->shown->begin + k);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
scope_compare_text_dispose (GObject *object)
{
  ScopeCompareText *self = SCOPE_COMPARE_TEXT (object);
  scope_widget_dispose_children (GTK_WIDGET (self));
  g_clear_object (&self->compare);
  g_clear_object (&self->session);
  g_clear_pointer (&self->offsets, g_free);
  G_OBJECT_CLASS (scope_compare_text_parent_class)->dispose (object);
}

static void
scope_compare_text_class_init (ScopeCompareTextClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_compare_text_dispose;
  widget_class->css_changed = scope_compare_text_css_changed;
  gtk_widget_class_set_css_name (widget_class, "compare-text");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
add_tags (ScopeCompareText *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  for (guint k = 0; k < SHADES; k++)
    self->shade[k] = gtk_text_buffer_create_tag (buffer, NULL, NULL);
  self->dropped[SCOPE_SIDE_A]
      = gtk_text_buffer_create_tag (buffer, NULL, "underline", PANGO_UNDERLINE_ERROR, NULL);
  self->dropped[SCOPE_SIDE_B]
      = gtk_text_buffer_create_tag (buffer, NULL, "strikethrough", TRUE, NULL);
  self->faint = gtk_text_buffer_create_tag (buffer, NULL, NULL);
  self->row = gtk_text_buffer_create_tag (buffer, NULL, "weight", PANGO_WEIGHT_BOLD, "underline",
                                          PANGO_UNDERLINE_DOUBLE, NULL);
  colour_tags (self);
}

static void
scope_compare_text_init (ScopeCompareText *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  self->view = GTK_TEXT_VIEW (gtk_text_view_new ());
  gtk_text_view_set_editable (self->view, FALSE);
  gtk_text_view_set_cursor_visible (self->view, FALSE);
  gtk_text_view_set_wrap_mode (self->view, GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_pixels_inside_wrap (self->view, 4);
  /* Not its padding, at which lines would be cut. */
  gtk_text_view_set_left_margin (self->view, MARGIN);
  gtk_text_view_set_right_margin (self->view, MARGIN);
  gtk_text_view_set_top_margin (self->view, MARGIN);
  gtk_text_view_set_bottom_margin (self->view, MARGIN);
  add_tags (self);
  /* As in text-view.ui. */
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_ALWAYS);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->view));
  gtk_widget_set_parent (scrolled, GTK_WIDGET (self));
  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect (click, "released", G_CALLBACK (released_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (click));
}

void
scope_compare_text_set_compare (ScopeCompareText *self, ScopeSession *session,
                                ScopeCompare *compare)
{
  g_return_if_fail (SCOPE_IS_COMPARE_TEXT (self) && self->compare == NULL);
  self->session = g_object_ref (session);
  self->compare = g_object_ref (compare);
  g_signal_connect_object (compare, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
}
