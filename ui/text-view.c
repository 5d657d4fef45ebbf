#include "ui/text-view.h"

#include <math.h>

#include "session/follow.h"
#include "session/reading.h"
#include "ui/format.h"
#include "ui/template.h"
#include "ui/token-scale.h"
#include "ui/token-search.h"
#include "ui/token-text.h"
#include "ui/tooltip.h"

struct _ScopeTextView {
  GtkWidget parent;
  ScopeSession *session;
  ScopeReading *reading;
  ScopeTokenSearch *search;
  gsize hover;           /* G_MAXSIZE: none */
  gsize match;           /* of the search, the current one */
  gsize found;           /* the token that the search stands at; G_MAXSIZE: none */
  gboolean match_sought; /* the first answer to a new pattern: go to the match that is nearest */
  gboolean own_pick;     /* the selection is moved from here: it is in sight */
  GtkDropDown *colour;
  GtkStack *legend;
  ScopeTokenScale *scale;
  GtkLabel *missing, *search_label, *readout, *dropped;
  GtkSpinner *spinner;
  GtkToggleButton *search_button;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkWidget *previous_button, *next_button;
  ScopeTokenText *text;
};

G_DEFINE_FINAL_TYPE (ScopeTextView, scope_text_view, GTK_TYPE_WIDGET)

/* --- words --------------------------------------------------------------------------------------
 */

static const char *
symbol_of (const ScopeReadingView *view)
{
  static const char *const matrices[] = { "α", "α + D I", "full map", "softmax" };
  switch (view->kind) {
  case SCOPE_READING_DELTA:
    return "Δ";
  case SCOPE_READING_SURPRISAL:
    return "−ln p";
  default:
    return matrices[view->matrix];
  }
}

/* Norms of size alone show the absolute value. */
static char *
value_words (const ScopeReadingView *view)
{
  gboolean size = view->norm.kind == SCOPE_NORM_LOG || view->norm.kind == SCOPE_NORM_RANK;
  const char *norm = scope_norm_name (view->norm.kind);
  switch (view->kind) {
  case SCOPE_READING_DELTA:
    return g_strdup_printf ("Δ of each token (%s)", norm);
  case SCOPE_READING_SURPRISAL:
    return g_strdup ("−ln p in nats (linear, up to a blind guess)");
  default: {
    g_autofree char *at = scope_format_count (view->at);
    const char *bar = size ? "|" : "";
    return g_strdup_printf ("%s%s%s of %s %s (%s)", bar, symbol_of (view), bar,
                            view->kind == SCOPE_READING_ROW ? "row" : "column", at, norm);
  }
  }
}

/* Why a token has no value, where that is for good. */
static const char *
absence (const ScopeReadingView *view, gsize token)
{
  if (view->missing != NULL)
    return view->missing;
  if (view->kind == SCOPE_READING_SURPRISAL)
    return token == 0 ? "nothing predicts the first token" : "on its way";
  return view->kind == SCOPE_READING_ROW ? "after the row: it cannot see it"
                                         : "before the column: it cannot see it";
}

static const ScopeReadingView *
current_view (ScopeTextView *self)
{
  const ScopeReadingView *view = scope_reading_get_view (self->reading);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  gboolean fits = view != NULL && tokens != NULL && view->count == scope_tokens_count (tokens);
  return fits ? view : NULL;
}

/* "token 812 · id 3021 · “ Holmes” · α 0.0031 · dropped" */
static char *
describe_token (ScopeTextView *self, gsize token)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  const ScopeReadingView *view = current_view (self);
  g_autofree char *name = scope_format_token (tokens, token);
  g_autofree char *number = scope_format_count (token);
  GString *out = g_string_new (NULL);
  g_string_printf (out, "token %s · id %d · %s", number, scope_tokens_ids (tokens)[token], name);
  if (view == NULL)
    return g_string_free (out, FALSE);
  if (isfinite (view->values[token])) {
    g_autofree char *value = scope_format_value (view->values[token]);
    g_string_append_printf (out, " · %s = %s", symbol_of (view), value);
  } else {
    g_string_append_printf (out, " · %s", absence (view, token));
  }
  if (view->dropped != NULL && view->dropped[token])
    g_string_append (out, " · dropped");
  return g_string_free (out, FALSE);
}

/* --- showing ------------------------------------------------------------------------------------
 */

/* What a screen reader says: the selected token, and the line it stands in. */
static void
say (ScopeTextView *self, gsize token, const char *words)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  gsize first, last;
  scope_token_text_line (self->text, token, &first, &last);
  GString *line = g_string_new (NULL);
  for (gsize t = first; t <= last; t++) {
    g_autofree char *shown = scope_tokens_display (tokens, t);
    g_string_append (line, shown);
  }
  g_autofree char *spoken = g_string_free (line, FALSE);
  scope_token_text_say (self->text, words, spoken);
}

static void
show_readout (ScopeTextView *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  gboolean column = scope_reading_get_colour (self->reading) == SCOPE_READING_COLUMN;
  gsize selected
      = column ? scope_session_get_column (self->session) : scope_session_get_row (self->session);
  gsize token = self->hover != G_MAXSIZE ? self->hover : selected;
  if (tokens == NULL || token >= scope_tokens_count (tokens)) {
    gtk_label_set_text (self->readout, "Click: a token’s row; Shift and click: its column");
    scope_token_text_say (self->text, "The text, no token selected", "");
    return;
  }
  g_autofree char *words = describe_token (self, token);
  gtk_label_set_text (self->readout, words);
  if (token == selected)
    say (self, token, words);
}

static void
show_dropped (ScopeTextView *self, const ScopeReadingView *view)
{
  g_autofree char *text = NULL;
  if (view != NULL && view->n_dropped > 0) {
    g_autofree char *dropped = scope_format_count (view->n_dropped);
    g_autofree char *count = scope_format_count (view->count);
    text = g_strdup_printf ("%s of %s dropped%s", dropped, count,
                            view->preview ? " · this layer only" : "");
  }
  gtk_label_set_text (self->dropped, text != NULL ? text : "");
  scope_set_tooltip (GTK_WIDGET (self->dropped), text);
}

static void
show_legend (ScopeTextView *self, const ScopeReadingView *view)
{
  gboolean missing = view != NULL && view->missing != NULL;
  gtk_stack_set_visible_child_name (self->legend, missing ? "missing" : "scale");
  if (missing) {
    g_autofree char *text = g_strdup_printf ("No colours: %s", view->missing);
    gtk_label_set_text (self->missing, text);
    return;
  }
  g_autofree char *words = view != NULL ? value_words (view) : NULL;
  scope_token_scale_set (self->scale, scope_session_get_palette (self->session),
                         view != NULL ? &view->norm : NULL, words);
}

static void
reading_changed_cb (ScopeTextView *self)
{
  const ScopeReadingView *view = current_view (self);
  scope_token_text_recolour (self->text, scope_session_get_palette (self->session));
  show_legend (self, view);
  show_dropped (self, view);
  show_readout (self);
}

static void
pending_changed_cb (ScopeTextView *self)
{
  gboolean pending = scope_inquiry_get_pending (SCOPE_INQUIRY (self->reading));
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), pending);
  gtk_spinner_set_spinning (self->spinner, pending);
}

static void
colour_changed_cb (ScopeTextView *self)
{
  gtk_drop_down_set_selected (self->colour, scope_reading_get_colour (self->reading));
  show_readout (self);
}

static void
colour_chosen_cb (ScopeTextView *self)
{
  guint selected = gtk_drop_down_get_selected (self->colour);
  if (selected < SCOPE_N_READINGS)
    scope_reading_set_colour (self->reading, selected);
}

static void
text_changed_cb (ScopeTextView *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  self->hover = self->found = G_MAXSIZE;
  scope_token_text_set_tokens (self->text, tokens);
  scope_token_search_set_tokens (self->search, tokens);
  /* The colours are of the last row until one is selected: what it reads is mostly near it. */
  if (tokens != NULL && scope_session_get_row (self->session) == G_MAXSIZE
      && scope_reading_get_colour (self->reading) == SCOPE_READING_ROW)
    scope_token_text_reveal (self->text, scope_tokens_count (tokens) - 1);
  reading_changed_cb (self);
}

/* A token that was selected elsewhere is brought into sight. */
static void
cursor_changed_cb (ScopeTextView *self, GParamSpec *pspec)
{
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  scope_token_text_set_marks (self->text, row, column);
  gsize moved = g_str_equal (pspec->name, "row") ? row : column;
  if (!self->own_pick && moved != G_MAXSIZE && gtk_widget_get_mapped (GTK_WIDGET (self)))
    scope_token_text_reveal (self->text, moved);
  show_readout (self);
}

/* --- selecting ----------------------------------------------------------------------------------
 */

/* The map is causal: the other half of the crosshair goes along where it would be above the
 * diagonal. */
static void
picked_cb (ScopeTextView *self, guint64 token, gboolean column)
{
  gsize row = scope_session_get_row (self->session);
  gsize other = scope_session_get_column (self->session);
  gsize count = scope_tokens_count (scope_session_get_tokens (self->session));
  self->own_pick = TRUE;
  if (column)
    scope_session_select (self->session, row == G_MAXSIZE ? count - 1 : MAX (row, (gsize)token),
                          (gsize)token);
  else
    scope_session_select (self->session, (gsize)token, MIN (other, (gsize)token));
  self->own_pick = FALSE;
}

static void
hovered_cb (ScopeTextView *self, guint64 token)
{
  self->hover = token == G_MAXUINT64 ? G_MAXSIZE : (gsize)token;
  show_readout (self);
  gtk_widget_trigger_tooltip_query (GTK_WIDGET (self->text));
}

static gboolean
tooltip_cb (ScopeTextView *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  graphene_rect_t area;
  if (keyboard || self->hover == G_MAXSIZE
      || !scope_token_text_place (self->text, self->hover, &area))
    return FALSE;
  g_autofree char *words = describe_token (self, self->hover);
  gtk_tooltip_set_text (tooltip, words);
  gtk_tooltip_set_tip_area (tooltip, &(GdkRectangle){ (int)area.origin.x, (int)area.origin.y,
                                                      (int)ceilf (area.size.width),
                                                      (int)ceilf (area.size.height) });
  return TRUE;
}

static void
scrolled_cb (ScopeTextView *self)
{
  gsize first = scope_token_text_get_first (self->text);
  scope_reading_set_first (self->reading, first);
  scope_session_set_sight (self->session, SCOPE_FIGURE_STRIP, first,
                           scope_token_text_get_last (self->text) + 1);
}

/* --- search -------------------------------------------------------------------------------------
 */

static void
show_matches (ScopeTextView *self)
{
  const char *error = scope_token_search_get_error (self->search);
  gboolean busy = scope_token_search_is_busy (self->search);
  gboolean empty = *gtk_editable_get_text (GTK_EDITABLE (self->search_entry)) == '\0';
  gsize count;
  const ScopeTokenMatch *matches = scope_token_search_get_matches (self->search, &count);
  g_autofree char *text = NULL;
  if (error != NULL)
    text = g_strdup (error);
  else if (busy || empty)
    text = g_strdup (busy ? "…" : "");
  else if (count == 0)
    text = g_strdup ("No match");
  else {
    g_autofree char *n = scope_format_count (self->match + 1);
    g_autofree char *m = scope_format_count (count);
    text = g_strdup_printf ("%s of %s", n, m);
  }
  gtk_label_set_text (self->search_label, text);
  scope_set_tooltip (GTK_WIDGET (self->search_label), error);
  (error != NULL ? gtk_widget_add_css_class
                 : gtk_widget_remove_css_class) (GTK_WIDGET (self->search_entry), "error");
  gtk_widget_set_sensitive (self->previous_button, count > 0);
  gtk_widget_set_sensitive (self->next_button, count > 0);
  scope_token_text_set_matches (self->text, matches, count, self->match);
}

static void
go_to_match (ScopeTextView *self, gsize match)
{
  gsize count;
  const ScopeTokenMatch *matches = scope_token_search_get_matches (self->search, &count);
  self->match = match;
  self->found = match < count ? matches[match].begin : G_MAXSIZE;
  if (match < count)
    scope_token_text_reveal (self->text, matches[match].begin);
  show_matches (self);
}

/* From a new pattern to the first match at or behind what is in sight. */
static void
found_cb (ScopeTextView *self)
{
  gsize count, match = 0, first = scope_token_text_get_first (self->text);
  const ScopeTokenMatch *matches = scope_token_search_get_matches (self->search, &count);
  while (match < count && matches[match].begin < first)
    match++;
  if (self->match_sought && count > 0)
    go_to_match (self, match < count ? match : 0);
  else
    show_matches (self);
  self->match_sought = FALSE;
}

static void
pattern_changed_cb (ScopeTextView *self)
{
  self->match = 0;
  self->match_sought = TRUE;
  if (gtk_search_bar_get_search_mode (self->search_bar)) /* a bar that closes empties its entry */
    self->found = G_MAXSIZE;
  scope_token_search_set_pattern (self->search,
                                  gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
  show_matches (self);
}

static void
step_match (ScopeTextView *self, gboolean forward)
{
  gsize count;
  scope_token_search_get_matches (self->search, &count);
  if (count > 0)
    go_to_match (self, (self->match + (forward ? 1 : count - 1)) % count);
}

static void
next_match_cb (ScopeTextView *self)
{
  step_match (self, TRUE);
}

static void
previous_match_cb (ScopeTextView *self)
{
  step_match (self, FALSE);
}

/* Shift and Enter go back. */
static gboolean
search_key_cb (ScopeTextView *self, guint key, guint code, GdkModifierType state)
{
  if ((key != GDK_KEY_Return && key != GDK_KEY_KP_Enter) || (state & GDK_SHIFT_MASK) == 0)
    return FALSE;
  step_match (self, FALSE);
  return TRUE;
}

static void
stop_search_cb (ScopeTextView *self)
{
  gtk_search_bar_set_search_mode (self->search_bar, FALSE);
}

/* Closing the bar selects what was found: from there on the keys are the text's. */
static void
search_mode_cb (ScopeTextView *self)
{
  gsize found = self->found;
  if (gtk_search_bar_get_search_mode (self->search_bar))
    return;
  self->found = G_MAXSIZE;
  if (found != G_MAXSIZE)
    picked_cb (self, found, FALSE);
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

/* It is there at once: what is typed after Ctrl+F is written in its entry, which while it unfolded
 * would not be on screen yet. Without a transition it would keep its room while it is hidden. */
static void
add_search_bar (ScopeTextView *self)
{
  GtkWidget *revealer = gtk_widget_get_first_child (GTK_WIDGET (self->search_bar));
  if (GTK_IS_REVEALER (revealer))
    gtk_revealer_set_transition_duration (GTK_REVEALER (revealer), 0);
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
}

/* Ctrl+F, while this view is on the screen. */
static void
find_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  ScopeTextView *self = SCOPE_TEXT_VIEW (widget);
  if (!gtk_widget_get_mapped (widget))
    return;
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
scope_text_view_map (GtkWidget *widget)
{
  ScopeTextView *self = SCOPE_TEXT_VIEW (widget);
  GTK_WIDGET_CLASS (scope_text_view_parent_class)->map (widget);
  if (self->session == NULL)
    return;
  scope_inquiry_set_active (SCOPE_INQUIRY (self->reading), TRUE);
  gsize row = scope_session_get_row (self->session);
  if (row != G_MAXSIZE)
    scope_token_text_reveal (self->text, row);
}

static void
scope_text_view_unmap (GtkWidget *widget)
{
  ScopeTextView *self = SCOPE_TEXT_VIEW (widget);
  if (self->session != NULL)
    scope_inquiry_set_active (SCOPE_INQUIRY (self->reading), FALSE);
  GTK_WIDGET_CLASS (scope_text_view_parent_class)->unmap (widget);
}

static gboolean
scope_text_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (SCOPE_TEXT_VIEW (widget)->text));
}

static void
scope_text_view_dispose (GObject *object)
{
  ScopeTextView *self = SCOPE_TEXT_VIEW (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_TEXT_VIEW);
  g_clear_object (&self->search);
  g_clear_object (&self->reading);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_text_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, colour);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, legend);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, scale);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, missing);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, search_label);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, readout);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, dropped);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, spinner);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, search_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, search_bar);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, search_entry);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, previous_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, next_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeTextView, text);
  gtk_widget_class_bind_template_callback (widget_class, pattern_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_match_cb);
  gtk_widget_class_bind_template_callback (widget_class, previous_match_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
}

static void
scope_text_view_class_init (ScopeTextViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  g_type_ensure (SCOPE_TYPE_TOKEN_TEXT);
  g_type_ensure (SCOPE_TYPE_TOKEN_SCALE);
  G_OBJECT_CLASS (klass)->dispose = scope_text_view_dispose;
  widget_class->map = scope_text_view_map;
  widget_class->unmap = scope_text_view_unmap;
  widget_class->grab_focus = scope_text_view_grab_focus;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/text-view.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "text.find", NULL, find_cb);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "text-view");
}

static void
scope_text_view_init (ScopeTextView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->hover = self->found = G_MAXSIZE;
  self->search = scope_token_search_new ();
  add_search_bar (self);
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (search_key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->search_entry), keys);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self->text), TRUE);
}

static void
connect_parts (ScopeTextView *self)
{
  const ScopeFollowedObject connections[] = {
    { self->session, "notify::text", G_CALLBACK (text_changed_cb) },
    { self->session, "notify::palette", G_CALLBACK (reading_changed_cb) },
    { self->session, "notify::row", G_CALLBACK (cursor_changed_cb) },
    { self->session, "notify::column", G_CALLBACK (cursor_changed_cb) },
    { self->reading, "notify::view", G_CALLBACK (reading_changed_cb) },
    { self->reading, "notify::pending", G_CALLBACK (pending_changed_cb) },
    { self->reading, "notify::colour", G_CALLBACK (colour_changed_cb) },
    { self->colour, "notify::selected", G_CALLBACK (colour_chosen_cb) },
    { self->search, "changed", G_CALLBACK (found_cb) },
    { self->search_bar, "notify::search-mode-enabled", G_CALLBACK (search_mode_cb) },
    { self->text, "picked", G_CALLBACK (picked_cb) },
    { self->text, "hovered", G_CALLBACK (hovered_cb) },
    { self->text, "scrolled", G_CALLBACK (scrolled_cb) },
    { self->text, "query-tooltip", G_CALLBACK (tooltip_cb) },
  };
  scope_follow_each (self, connections, G_N_ELEMENTS (connections));
}

void
scope_text_view_set_session (ScopeTextView *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_TEXT_VIEW (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->reading = scope_reading_new (session);
  scope_token_text_set_reading (self->text, self->reading);
  connect_parts (self);
  text_changed_cb (self);
  colour_changed_cb (self);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    scope_inquiry_set_active (SCOPE_INQUIRY (self->reading), TRUE);
}
