#include "ui/decay-view.h"

#include <adwaita.h>
#include <math.h>

#include "session/curves.h"
#include "ui/cell-grid.h"
#include "ui/decay-item.h"
#include "ui/decay-plot.h"
#include "ui/decay-words.h"
#include "ui/format.h"
#include "ui/template.h"
#include "ui/tooltip.h"

/* θ is asked for once its line has rested this long: each is a run of the network. */
#define THETA_REST_MS 100

typedef enum { SHOW_GLOBAL, SHOW_CHOSEN, SHOW_ALL, N_SHOWS } Show;

struct _ScopeDecayView {
  GtkWidget parent;
  ScopeSession *session;
  ScopeCurves *curves;
  Show shows;
  GHashTable *chosen; /* channels, as keys */
  gsize hover;        /* G_MAXSIZE: none */
  guint theta_source; /* θ is to be asked for */
  double theta_asked; /* NAN: the default */
  gboolean filling;   /* the list changes by itself */
  GListStore *items;  /* ScopeDecayItem, those that forget least first */
  AdwFlap *flap;
  GtkDropDown *show;
  GtkLabel *summary, *none, *title, *class_label, *list_title;
  GtkLabel *before_head, *after_head, *before_sum, *after_sum, *target_sum, *reached;
  GtkLabel *before_decay, *after_decay, *target_decay;
  GtkWidget *numbers, *none_button;
  GtkSpinner *spinner;
  GtkToggleButton *list_button;
  GtkStack *pages;
  ScopeDecayPlot *plot;
  ScopeCellGrid *list;
};

G_DEFINE_FINAL_TYPE (ScopeDecayView, scope_decay_view, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_SHOW };

/* --- what is shown ------------------------------------------------------------------------------
 */

static const char *
noun_of (ScopeDecayView *self)
{
  return scope_format_channel_noun (scope_session_get_model (self->session));
}

/* Attention heads forget nothing by themselves: then there is none. */
static gsize
selected_channel (ScopeDecayView *self)
{
  gboolean softmax = scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX;
  return softmax ? G_MAXSIZE : scope_session_get_channel (self->session);
}

static gboolean
is_global (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  return view->class_ln[channel] > scope_decay_plot_get_ln_theta (self->plot);
}

static gboolean
is_shown (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  if (channel == selected_channel (self) || self->shows == SHOW_ALL)
    return TRUE;
  return self->shows == SHOW_CHOSEN
             ? g_hash_table_contains (self->chosen, GSIZE_TO_POINTER (channel))
             : is_global (self, view, channel);
}

static void
show_curves (ScopeDecayView *self)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  g_autofree guint8 *shown = view != NULL ? g_new0 (guint8, view->channels) : NULL;
  for (gsize h = 0; view != NULL && h < view->channels; h++)
    shown[h] = is_shown (self, view, h);
  scope_decay_plot_set_selected (self->plot, selected_channel (self));
  scope_decay_plot_show (self->plot, shown, noun_of (self));
  gtk_stack_set_visible_child_name (self->pages, view != NULL ? "plot" : "none");
  gboolean pending = scope_curves_get_pending (self->curves);
  gtk_label_set_text (self->none, pending ? "Curves are on their way" : "No text is open");
}

/* --- words --------------------------------------------------------------------------------------
 */

static gsize
count_global (ScopeDecayView *self, const ScopeCurvesView *view)
{
  gsize count = 0;
  for (gsize h = 0; h < view->channels; h++)
    count += is_global (self, view, h);
  return count;
}

/* "6 of 8 heads global · layer 1 · this layer only" */
static void
show_summary (ScopeDecayView *self, const ScopeCurvesView *view)
{
  if (view == NULL) {
    gtk_label_set_text (self->summary, "");
    return;
  }
  g_autofree char *some = scope_format_count (count_global (self, view));
  g_autofree char *all = scope_format_count (view->channels);
  g_autofree char *text
      = g_strdup_printf ("%s of %s %ss global · layer %" G_GSIZE_FORMAT "%s%s", some, all,
                         noun_of (self), view->layer, view->preview ? " · this layer only" : "",
                         view->approximate ? " · before: on the filtered stream" : "");
  gtk_label_set_text (self->summary, text);
  scope_set_tooltip (GTK_WIDGET (self->summary), text);
}

static void
set_value (GtkLabel *label, char *text)
{
  gtk_label_set_text (label, text);
  g_free (text);
}

static double
last_ln (const ScopeCurvesView *view, const ScopeMatrix *decay, gsize channel)
{
  return scope_matrix_get (decay, view->points - 1, channel);
}

static void
show_before (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  gboolean both = view->before != NULL;
  gtk_label_set_text (self->after_head, both ? "after ━" : "now ━");
  gtk_widget_set_visible (GTK_WIDGET (self->before_head), both);
  gtk_widget_set_visible (GTK_WIDGET (self->before_sum), both);
  gtk_widget_set_visible (GTK_WIDGET (self->before_decay), both);
  if (!both)
    return;
  set_value (self->before_sum, scope_format_value (view->sum_before[channel]));
  set_value (self->before_decay, scope_decay_words (last_ln (view, view->before, channel)));
}

static char *
class_words (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  gboolean global = is_global (self, view, channel);
  g_autofree char *class = scope_decay_words (view->class_ln[channel]);
  g_autofree char *theta = scope_decay_words (scope_decay_plot_get_ln_theta (self->plot));
  g_autofree char *length = scope_format_count (view->train_length);
  return g_strdup_printf ("%s: %s over %s tokens, %s θ %s", global ? "● global" : "○ local", class,
                          length, global ? "above" : "not above", theta);
}

static void
show_numbers (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  gboolean any = view != NULL && channel < view->channels;
  gtk_widget_set_visible (self->numbers, any);
  gtk_label_set_text (self->class_label, "");
  if (!any) {
    gtk_label_set_text (self->title, view != NULL ? "Click a curve to select its channel" : "");
    return;
  }
  g_autofree char *noun = g_strdup (noun_of (self));
  noun[0] = g_ascii_toupper (noun[0]);
  set_value (self->title, g_strdup_printf ("%s %" G_GSIZE_FORMAT, noun, channel));
  set_value (self->class_label, class_words (self, view, channel));
  show_before (self, view, channel);
  set_value (self->after_sum, scope_format_value (view->sum_after[channel]));
  set_value (self->target_sum, scope_format_value (view->target[channel]));
  set_value (self->reached, view->target[channel] > 0 ? g_strdup_printf (
                                "%.0f %%", 100 * view->sum_after[channel] / view->target[channel])
                                                      : g_strdup ("–"));
  set_value (self->after_decay, scope_decay_words (last_ln (view, view->after, channel)));
  set_value (self->target_decay, scope_decay_words (view->aim_ln[channel]));
}

static void
say (ScopeDecayView *self, const ScopeCurvesView *view)
{
  gsize channel = selected_channel (self);
  GString *out = g_string_new ("Cumulative decay");
  if (view != NULL) {
    g_string_append_printf (out, " of layer %" G_GSIZE_FORMAT ": %s", view->layer,
                            gtk_label_get_text (self->summary));
    if (channel < view->channels) {
      g_autofree char *now = scope_decay_words (last_ln (view, view->after, channel));
      g_autofree char *aim = scope_decay_words (view->aim_ln[channel]);
      g_autofree char *class = class_words (self, view, channel);
      g_string_append_printf (out,
                              ". Selected: %s %" G_GSIZE_FORMAT ", %s; %s after the whole text, "
                              "calibration aims at %s",
                              noun_of (self), channel, class, now, aim);
    }
  }
  scope_decay_plot_say (self->plot, out->str);
  g_string_free (out, TRUE);
}

/* Of the pointed-at curve while there is one, else of the selected channel. */
static void
show_words (ScopeDecayView *self)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  show_summary (self, view);
  show_numbers (self, view, self->hover != G_MAXSIZE ? self->hover : selected_channel (self));
  say (self, view);
}

/* --- the list -----------------------------------------------------------------------------------
 */

typedef struct {
  gsize channel;
  double ln;
} Entry;

static int
longest_first (const void *a, const void *b)
{
  const Entry *p = a, *q = b;
  return p->ln != q->ln ? (p->ln < q->ln) - (p->ln > q->ln)
                        : (p->channel > q->channel) - (p->channel < q->channel);
}

static Entry *
sorted_channels (const ScopeCurvesView *view)
{
  Entry *entries = g_new (Entry, view->channels);
  for (gsize h = 0; h < view->channels; h++)
    entries[h] = (Entry){ h, last_ln (view, view->after, h) };
  qsort (entries, view->channels, sizeof *entries, longest_first);
  return entries;
}

static void
chosen_cb (ScopeDecayItem *item, GParamSpec *pspec, ScopeDecayView *self)
{
  gpointer channel = GSIZE_TO_POINTER (scope_decay_item_get_channel (item));
  if (self->filling)
    return;
  if (scope_decay_item_get_chosen (item))
    g_hash_table_add (self->chosen, channel);
  else
    g_hash_table_remove (self->chosen, channel);
  scope_history_touch (scope_session_get_history (self->session), "decay.chosen");
  if (self->shows != SHOW_CHOSEN)
    g_object_set (self, "show", SHOW_CHOSEN, NULL);
  else
    show_curves (self);
}

static void
fill_list (ScopeDecayView *self)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree Entry *entries = view != NULL ? sorted_channels (view) : NULL;
  for (gsize k = 0; view != NULL && k < view->channels; k++) {
    gsize h = entries[k].channel;
    g_autofree char *name = g_strdup_printf ("%s %" G_GSIZE_FORMAT, noun_of (self), h);
    g_autofree char *facts = scope_decay_words (entries[k].ln);
    gboolean chosen = g_hash_table_contains (self->chosen, GSIZE_TO_POINTER (h));
    ScopeDecayItem *item = scope_decay_item_new (h, name, facts, chosen);
    g_signal_connect_object (item, "notify::chosen", G_CALLBACK (chosen_cb), self, 0);
    g_ptr_array_add (items, item);
  }
  g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)),
                       items->pdata, items->len);
  g_autofree char *title = g_strdup_printf ("%ss", noun_of (self));
  title[0] = g_ascii_toupper (title[0]);
  gtk_label_set_text (self->list_title, title);
}

/* The list's marks as they are chosen. */
static void
mark_list (ScopeDecayView *self)
{
  self->filling = TRUE;
  for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (self->items)); k++) {
    g_autoptr (ScopeDecayItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), k);
    gpointer channel = GSIZE_TO_POINTER (scope_decay_item_get_channel (item));
    g_object_set (item, "chosen", g_hash_table_contains (self->chosen, channel), NULL);
  }
  self->filling = FALSE;
}

static GtkWidget *
make_row (gpointer owner)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *facts = gtk_label_new (NULL);
  gtk_widget_add_css_class (facts, "dim-label");
  gtk_widget_add_css_class (facts, "numeric");
  gtk_widget_set_hexpand (facts, TRUE);
  gtk_label_set_xalign (GTK_LABEL (facts), 1);
  gtk_box_append (GTK_BOX (box), gtk_check_button_new ());
  gtk_box_append (GTK_BOX (box), gtk_label_new (NULL));
  gtk_box_append (GTK_BOX (box), facts);
  return box;
}

static void
bind_row (GtkWidget *row, gpointer item, gpointer owner)
{
  GtkWidget *check = gtk_widget_get_first_child (row);
  GtkWidget *name = gtk_widget_get_next_sibling (check);
  GBinding *old = g_object_get_data (G_OBJECT (row), "binding");
  if (old != NULL)
    g_binding_unbind (old);
  g_object_set_data (G_OBJECT (row), "binding", NULL);
  if (item == NULL)
    return;
  gtk_label_set_text (GTK_LABEL (name), scope_decay_item_get_name (item));
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_next_sibling (name)),
                      scope_decay_item_get_facts (item));
  g_autofree char *spoken = g_strdup_printf ("Show %s", scope_decay_item_get_name (item));
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
  GBinding *binding = g_object_bind_property (item, "chosen", check, "active",
                                              G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_set_data_full (G_OBJECT (row), "binding", g_object_ref (binding), g_object_unref);
}

/* From an attention head back to the SSM: its kernel. */
static void
select_channel (ScopeDecayView *self, gsize channel)
{
  ScopeMatrixKind kind = scope_session_get_kind (self->session);
  scope_session_set_map (self->session, kind == SCOPE_MATRIX_SOFTMAX ? SCOPE_MATRIX_S6 : kind,
                         channel);
}

static void
row_activated_cb (ScopeDecayView *self, guint position)
{
  g_autoptr (ScopeDecayItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), position);
  if (item != NULL)
    select_channel (self, scope_decay_item_get_channel (item));
}

static void
choose_none_cb (ScopeDecayView *self)
{
  g_hash_table_remove_all (self->chosen);
  scope_history_touch (scope_session_get_history (self->session), "decay.chosen");
  mark_list (self);
  show_curves (self);
}

/* --- from the session ----------------------------------------------------------------------------
 */

static void
show_theta (ScopeDecayView *self)
{
  double theta = scope_session_get_theta (self->session);
  if (self->theta_source == 0 && theta > 0)
    scope_decay_plot_set_ln_theta (self->plot, log (theta));
}

static void
curves_changed_cb (ScopeDecayView *self)
{
  self->hover = G_MAXSIZE;
  show_theta (self);
  fill_list (self);
  show_curves (self);
  show_words (self);
}

static void
pending_changed_cb (ScopeDecayView *self)
{
  gboolean pending = scope_curves_get_pending (self->curves);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), pending);
  gtk_spinner_set_spinning (self->spinner, pending);
}

static void
theta_changed_cb (ScopeDecayView *self)
{
  show_theta (self);
  show_curves (self);
  show_words (self);
}

static void
channel_changed_cb (ScopeDecayView *self)
{
  show_curves (self);
  show_words (self);
}

static void
token_changed_cb (ScopeDecayView *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  gsize token = scope_session_get_column (self->session);
  if (tokens == NULL || token >= scope_tokens_count (tokens)) {
    scope_decay_plot_set_token (self->plot, G_MAXSIZE, NULL);
    return;
  }
  g_autofree char *name = scope_format_token (tokens, token);
  g_autofree char *number = scope_format_count (token);
  g_autofree char *words = g_strdup_printf ("%s %s", number, name);
  scope_decay_plot_set_token (self->plot, token, words);
}

/* Chosen channels are those of a model; another one has others. */
static void
model_changed_cb (ScopeDecayView *self)
{
  const char *noun = noun_of (self);
  g_autofree char *global = g_strdup_printf ("Global %ss", noun);
  g_autofree char *chosen = g_strdup_printf ("Chosen %ss", noun);
  g_autofree char *all = g_strdup_printf ("All %ss", noun);
  const char *const names[] = { global, chosen, all, NULL };
  g_autoptr (GtkStringList) list = gtk_string_list_new (names);
  self->filling = TRUE;
  gtk_drop_down_set_model (self->show, G_LIST_MODEL (list));
  gtk_drop_down_set_selected (self->show, self->shows);
  self->filling = FALSE;
  g_hash_table_remove_all (self->chosen);
}

/* --- to the session ------------------------------------------------------------------------------
 */

static void
ask_theta (ScopeDecayView *self)
{
  g_clear_handle_id (&self->theta_source, g_source_remove);
  scope_session_set_theta (self->session, self->theta_asked);
}

static gboolean
theta_rested_cb (gpointer data)
{
  ScopeDecayView *self = data;
  self->theta_source = 0;
  scope_session_set_theta (self->session, self->theta_asked);
  return G_SOURCE_REMOVE;
}

/* The line and the classes follow at once. */
static void
theta_moved_cb (ScopeDecayView *self, double ln_theta)
{
  self->theta_asked = isnan (ln_theta) ? NAN : exp (ln_theta);
  if (isnan (ln_theta)) {
    ask_theta (self);
    return;
  }
  g_clear_handle_id (&self->theta_source, g_source_remove);
  self->theta_source = g_timeout_add (THETA_REST_MS, theta_rested_cb, self);
  scope_decay_plot_set_ln_theta (self->plot, ln_theta);
  if (self->shows == SHOW_GLOBAL)
    show_curves (self);
  show_words (self);
}

static void
theta_dropped_cb (ScopeDecayView *self)
{
  if (self->theta_source != 0)
    ask_theta (self);
  scope_history_break (scope_session_get_history (self->session));
  show_curves (self); /* the axis fits itself to where θ is now */
}

static void
channel_picked_cb (ScopeDecayView *self, guint64 channel, gboolean add)
{
  if (!add) {
    select_channel (self, (gsize)channel);
    return;
  }
  gpointer key = GSIZE_TO_POINTER ((gsize)channel);
  if (!g_hash_table_remove (self->chosen, key))
    g_hash_table_add (self->chosen, key);
  scope_history_touch (scope_session_get_history (self->session), "decay.chosen");
  mark_list (self);
  show_curves (self);
}

static void
token_picked_cb (ScopeDecayView *self, guint64 token)
{
  gsize row = scope_session_get_row (self->session);
  gsize count = scope_tokens_count (scope_session_get_tokens (self->session));
  scope_session_select (self->session, row == G_MAXSIZE ? count - 1 : MAX (row, (gsize)token),
                        (gsize)token);
}

/* The next of those shown, in the order of the list. */
static void
stepped_cb (ScopeDecayView *self, int step)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  if (view == NULL)
    return;
  g_autofree Entry *entries = sorted_channels (view);
  gssize at = 0, count = (gssize)view->channels;
  while (at < count && entries[at].channel != selected_channel (self))
    at++;
  for (at += step; at >= 0 && at < count; at += step)
    if (is_shown (self, view, entries[at].channel)) {
      select_channel (self, entries[at].channel);
      return;
    }
}

/* Hovering shows the channel and its numbers, beside the pointer and below. */
static void
hovered_cb (ScopeDecayView *self, guint64 channel)
{
  gsize hover = channel == G_MAXUINT64 ? G_MAXSIZE : (gsize)channel;
  if (hover == self->hover)
    return;
  self->hover = hover;
  show_words (self);
  gtk_widget_trigger_tooltip_query (GTK_WIDGET (self->plot));
}

static gboolean
tooltip_cb (ScopeDecayView *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  if (keyboard || view == NULL || self->hover >= view->channels)
    return FALSE;
  g_autofree char *class = class_words (self, view, self->hover);
  g_autofree char *now = scope_decay_words (last_ln (view, view->after, self->hover));
  g_autofree char *words = g_strdup_printf ("%s %" G_GSIZE_FORMAT " · %s · %s after the whole text",
                                            noun_of (self), self->hover, class, now);
  gtk_tooltip_set_text (tooltip, words);
  return TRUE;
}

/* --- parameters ---------------------------------------------------------------------------------
 */

static void
show_chosen_cb (ScopeDecayView *self)
{
  guint selected = gtk_drop_down_get_selected (self->show);
  if (!self->filling && selected < N_SHOWS)
    g_object_set (self, "show", selected, NULL);
}

static int
ascending (gconstpointer a, gconstpointer b)
{
  gsize p = GPOINTER_TO_SIZE (a), q = GPOINTER_TO_SIZE (b);
  return (p > q) - (p < q);
}

static JsonNode *
get_chosen (gpointer owner)
{
  JsonArray *array = json_array_new ();
  g_autoptr (GList) keys = g_hash_table_get_keys (SCOPE_DECAY_VIEW (owner)->chosen);
  keys = g_list_sort (keys, ascending);
  for (GList *l = keys; l != NULL; l = l->next)
    json_array_add_int_element (array, (gint64)GPOINTER_TO_SIZE (l->data));
  return json_node_init_array (json_node_alloc (), array);
}

static gboolean
set_chosen (gpointer owner, JsonNode *value, GError **error)
{
  ScopeDecayView *self = owner;
  g_autoptr (GHashTable) chosen = g_hash_table_new (NULL, NULL);
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;
  for (guint k = 0; array != NULL && k < json_array_get_length (array); k++) {
    JsonNode *node = json_array_get_element (array, k);
    if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64
        || json_node_get_int (node) < 0)
      return scope_history_refuse (value, "a list of channels", error);
    g_hash_table_add (chosen, GSIZE_TO_POINTER ((gsize)json_node_get_int (node)));
  }
  if (array == NULL)
    return scope_history_refuse (value, "a list of channels", error);
  g_hash_table_unref (self->chosen);
  self->chosen = g_steal_pointer (&chosen);
  mark_list (self);
  show_curves (self);
  return TRUE;
}

static void
scope_decay_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_uint (value, SCOPE_DECAY_VIEW (object)->shows);
}

static void
scope_decay_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeDecayView *self = SCOPE_DECAY_VIEW (object);
  if (g_value_get_uint (value) == self->shows)
    return;
  self->shows = g_value_get_uint (value);
  gtk_drop_down_set_selected (self->show, self->shows);
  g_object_notify_by_pspec (object, pspec);
  if (self->session != NULL)
    show_curves (self);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
scope_decay_view_map (GtkWidget *widget)
{
  ScopeDecayView *self = SCOPE_DECAY_VIEW (widget);
  GTK_WIDGET_CLASS (scope_decay_view_parent_class)->map (widget);
  if (self->session != NULL)
    scope_curves_set_active (self->curves, TRUE);
}

static void
scope_decay_view_unmap (GtkWidget *widget)
{
  ScopeDecayView *self = SCOPE_DECAY_VIEW (widget);
  if (self->session != NULL)
    scope_curves_set_active (self->curves, FALSE);
  GTK_WIDGET_CLASS (scope_decay_view_parent_class)->unmap (widget);
}

static gboolean
scope_decay_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (SCOPE_DECAY_VIEW (widget)->plot));
}

static void
scope_decay_view_dispose (GObject *object)
{
  ScopeDecayView *self = SCOPE_DECAY_VIEW (object);
  g_clear_handle_id (&self->theta_source, g_source_remove);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_DECAY_VIEW);
  g_clear_pointer (&self->chosen, g_hash_table_unref);
  g_clear_object (&self->items);
  g_clear_object (&self->curves);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_decay_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, flap);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, show);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, summary);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, none);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, title);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, class_label);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, list_title);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, before_head);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, after_head);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, before_sum);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, after_sum);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, target_sum);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, reached);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, before_decay);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, after_decay);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, target_decay);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, numbers);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, none_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, spinner);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, list_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, pages);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, plot);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, list);
  gtk_widget_class_bind_template_callback (widget_class, choose_none_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
scope_decay_view_class_init (ScopeDecayViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  g_type_ensure (SCOPE_TYPE_CELL_GRID);
  g_type_ensure (SCOPE_TYPE_DECAY_PLOT);
  object_class->get_property = scope_decay_view_get_property;
  object_class->set_property = scope_decay_view_set_property;
  object_class->dispose = scope_decay_view_dispose;
  g_object_class_install_property (
      object_class, PROP_SHOW,
      g_param_spec_uint ("show", NULL, NULL, 0, N_SHOWS - 1, SHOW_GLOBAL,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY));
  widget_class->map = scope_decay_view_map;
  widget_class->unmap = scope_decay_view_unmap;
  widget_class->grab_focus = scope_decay_view_grab_focus;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/decay-view.ui");
  bind_children (widget_class);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "decay-view");
}

static void
scope_decay_view_init (ScopeDecayView *self)
{
  static const ScopeCellMaker rows = { make_row, bind_row };
  gtk_widget_init_template (GTK_WIDGET (self));
  GtkLabel *values[] = { self->before_sum,   self->after_sum,   self->target_sum,  self->reached,
                         self->before_decay, self->after_decay, self->target_decay };
  for (guint k = 0; k < G_N_ELEMENTS (values); k++) /* numbers, whatever the desktop's language */
    gtk_widget_set_direction (GTK_WIDGET (values[k]), GTK_TEXT_DIR_LTR);
  self->hover = G_MAXSIZE;
  self->chosen = g_hash_table_new (NULL, NULL);
  self->items = g_list_store_new (SCOPE_TYPE_DECAY_ITEM);
  scope_cell_grid_set_model (self->list, G_LIST_MODEL (self->items), &rows, self);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self->plot), TRUE);
}

static void
connect_parts (ScopeDecayView *self)
{
  const struct {
    gpointer object;
    const char *signal;
    GCallback callback;
  } connections[] = {
    { self->session, "notify::model", G_CALLBACK (model_changed_cb) },
    { self->session, "notify::theta", G_CALLBACK (theta_changed_cb) },
    { self->session, "notify::channel", G_CALLBACK (channel_changed_cb) },
    { self->session, "notify::kind", G_CALLBACK (channel_changed_cb) },
    { self->session, "notify::column", G_CALLBACK (token_changed_cb) },
    { self->session, "notify::text", G_CALLBACK (token_changed_cb) },
    { self->curves, "notify::view", G_CALLBACK (curves_changed_cb) },
    { self->curves, "notify::pending", G_CALLBACK (pending_changed_cb) },
    { self->show, "notify::selected", G_CALLBACK (show_chosen_cb) },
    { self->plot, "theta-moved", G_CALLBACK (theta_moved_cb) },
    { self->plot, "theta-dropped", G_CALLBACK (theta_dropped_cb) },
    { self->plot, "channel-picked", G_CALLBACK (channel_picked_cb) },
    { self->plot, "token-picked", G_CALLBACK (token_picked_cb) },
    { self->plot, "stepped", G_CALLBACK (stepped_cb) },
    { self->plot, "hovered", G_CALLBACK (hovered_cb) },
    { self->plot, "query-tooltip", G_CALLBACK (tooltip_cb) },
  };
  for (guint k = 0; k < G_N_ELEMENTS (connections); k++)
    g_signal_connect_object (connections[k].object, connections[k].signal, connections[k].callback,
                             self, G_CONNECT_SWAPPED);
}

void
scope_decay_view_set_session (ScopeDecayView *self, ScopeSession *session)
{
  static const ScopeParameter chosen
      = { "decay.chosen", "chosen channels", NULL, get_chosen, set_chosen };
  g_return_if_fail (SCOPE_IS_DECAY_VIEW (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->curves = scope_curves_new (session);
  scope_decay_plot_set_curves (self->plot, self->curves);
  connect_parts (self);
  model_changed_cb (self);
  curves_changed_cb (self);
  ScopeHistory *history = scope_session_get_history (session);
  scope_history_bind (history, G_OBJECT (self), "show", "decay.show", "curves shown");
  scope_history_add (history, G_OBJECT (self), &chosen);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    scope_curves_set_active (self->curves, TRUE);
}
