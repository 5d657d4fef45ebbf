#include "ui/decay-view.h"

#include <math.h>

#include "session/follow.h"
#include "ui/decay-item.h"
#include "ui/decay-view-private.h"
#include "ui/format.h"
#include "ui/template.h"

/* θ is asked for once its line has rested this long: each is a run of the network. */
#define THETA_REST_MS 100

G_DEFINE_FINAL_TYPE (ScopeDecayView, scope_decay_view, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_SHOW };

/* --- what is shown ------------------------------------------------------------------------------
 */

const char *
scope_decay_view_noun (ScopeDecayView *self)
{
  return scope_format_channel_noun (scope_session_get_model (self->session));
}

/* Attention heads forget nothing by themselves: then there is none. */
gsize
scope_decay_view_selected (ScopeDecayView *self)
{
  gboolean softmax = scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX;
  return softmax ? G_MAXSIZE : scope_session_get_channel (self->session);
}

gboolean
scope_decay_view_is_global (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  return view->class_ln[channel] > scope_decay_plot_get_ln_theta (self->plot);
}

gboolean
scope_decay_view_is_shown (ScopeDecayView *self, const ScopeCurvesView *view, gsize channel)
{
  if (channel == scope_decay_view_selected (self) || self->shows == SHOW_ALL)
    return TRUE;
  return self->shows == SHOW_CHOSEN
             ? g_hash_table_contains (self->chosen, GSIZE_TO_POINTER (channel))
             : scope_decay_view_is_global (self, view, channel);
}

void
scope_decay_view_show_curves (ScopeDecayView *self)
{
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  g_autofree guint8 *shown = view != NULL ? g_new0 (guint8, view->channels) : NULL;
  for (gsize h = 0; view != NULL && h < view->channels; h++)
    shown[h] = scope_decay_view_is_shown (self, view, h);
  scope_decay_plot_set_selected (self->plot, scope_decay_view_selected (self));
  scope_decay_plot_show (self->plot, shown, scope_decay_view_noun (self));
  gtk_stack_set_visible_child_name (self->pages, view != NULL ? "plot" : "none");
  gboolean pending = scope_inquiry_get_pending (SCOPE_INQUIRY (self->curves));
  gtk_label_set_text (self->none, pending ? "Curves are on their way" : "No text is open");
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
  scope_decay_view_fill_list (self);
  scope_decay_view_show_curves (self);
  scope_decay_view_show_words (self);
}

static void
pending_changed_cb (ScopeDecayView *self)
{
  gboolean pending = scope_inquiry_get_pending (SCOPE_INQUIRY (self->curves));
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), pending);
  gtk_spinner_set_spinning (self->spinner, pending);
}

static void
theta_changed_cb (ScopeDecayView *self)
{
  show_theta (self);
  scope_decay_view_show_curves (self);
  scope_decay_view_show_words (self);
}

static void
channel_changed_cb (ScopeDecayView *self)
{
  scope_decay_view_show_curves (self);
  scope_decay_view_show_words (self);
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
  const char *noun = scope_decay_view_noun (self);
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
    scope_decay_view_show_curves (self);
  scope_decay_view_show_words (self);
}

static void
theta_dropped_cb (ScopeDecayView *self)
{
  if (self->theta_source != 0)
    ask_theta (self);
  scope_history_break (scope_session_get_history (self->session));
  scope_decay_view_show_curves (self); /* the axis fits itself to where θ is now */
}

static void
channel_picked_cb (ScopeDecayView *self, guint64 channel, gboolean add)
{
  if (!add) {
    scope_decay_view_select (self, (gsize)channel);
    return;
  }
  gpointer key = GSIZE_TO_POINTER ((gsize)channel);
  if (!g_hash_table_remove (self->chosen, key))
    g_hash_table_add (self->chosen, key);
  scope_history_touch (scope_session_get_history (self->session), "decay.chosen");
  scope_decay_view_mark_list (self);
  scope_decay_view_show_curves (self);
}

static void
token_picked_cb (ScopeDecayView *self, guint64 token)
{
  gsize row = scope_session_get_row (self->session);
  gsize count = scope_tokens_count (scope_session_get_tokens (self->session));
  scope_session_select (self->session, row == G_MAXSIZE ? count - 1 : MAX (row, (gsize)token),
                        (gsize)token);
}

/* Hovering shows the channel and its numbers, beside the pointer and below. */
static void
hovered_cb (ScopeDecayView *self, guint64 channel)
{
  gsize hover = channel == G_MAXUINT64 ? G_MAXSIZE : (gsize)channel;
  if (hover == self->hover)
    return;
  self->hover = hover;
  scope_decay_view_show_words (self);
  gtk_widget_trigger_tooltip_query (GTK_WIDGET (self->plot));
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
  g_autoptr (JsonArray) array = json_array_new ();
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
  scope_decay_view_mark_list (self);
  scope_decay_view_show_curves (self);
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
    scope_decay_view_show_curves (self);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
scope_decay_view_map (GtkWidget *widget)
{
  ScopeDecayView *self = SCOPE_DECAY_VIEW (widget);
  GTK_WIDGET_CLASS (scope_decay_view_parent_class)->map (widget);
  if (self->session != NULL)
    scope_inquiry_set_active (SCOPE_INQUIRY (self->curves), TRUE);
}

static void
scope_decay_view_unmap (GtkWidget *widget)
{
  ScopeDecayView *self = SCOPE_DECAY_VIEW (widget);
  if (self->session != NULL)
    scope_inquiry_set_active (SCOPE_INQUIRY (self->curves), FALSE);
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

/* Where the words have no room beside the numbers they stand above them. */
static void
foot_folded_cb (ScopeDecayView *self)
{
  gboolean folded = scope_fold_get_level (self->foot_fold) > 0;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->foot),
                                  folded ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing (GTK_BOX (self->foot), folded ? 4 : 24);
  gtk_widget_set_halign (self->numbers, folded ? GTK_ALIGN_START : GTK_ALIGN_END);
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
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, foot_fold);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, foot);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, numbers);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, none_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, spinner);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, list_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, pages);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, plot);
  gtk_widget_class_bind_template_child (widget_class, ScopeDecayView, list);
  gtk_widget_class_bind_template_callback (widget_class, foot_folded_cb);
  gtk_widget_class_bind_template_callback_full (widget_class, "choose_none_cb",
                                                G_CALLBACK (scope_decay_view_choose_none_cb));
  gtk_widget_class_bind_template_callback_full (widget_class, "row_activated_cb",
                                                G_CALLBACK (scope_decay_view_row_activated_cb));
}

static void
scope_decay_view_class_init (ScopeDecayViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  g_type_ensure (SCOPE_TYPE_CELL_GRID);
  g_type_ensure (SCOPE_TYPE_DECAY_PLOT);
  g_type_ensure (SCOPE_TYPE_FOLD);
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
  gtk_widget_init_template (GTK_WIDGET (self));
  GtkLabel *values[] = { self->before_sum,   self->after_sum,   self->target_sum,  self->reached,
                         self->before_decay, self->after_decay, self->target_decay };
  for (guint k = 0; k < G_N_ELEMENTS (values); k++) /* numbers, whatever the desktop's language */
    gtk_widget_set_direction (GTK_WIDGET (values[k]), GTK_TEXT_DIR_LTR);
  self->hover = G_MAXSIZE;
  self->chosen = g_hash_table_new (NULL, NULL);
  self->items = g_list_store_new (SCOPE_TYPE_DECAY_ITEM);
  scope_cell_grid_set_model (self->list, G_LIST_MODEL (self->items), &scope_decay_view_rows, self);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self->plot), TRUE);
}

static void
connect_parts (ScopeDecayView *self)
{
  const ScopeFollowedObject connections[] = {
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
    { self->plot, "stepped", G_CALLBACK (scope_decay_view_stepped_cb) },
    { self->plot, "hovered", G_CALLBACK (hovered_cb) },
    { self->plot, "query-tooltip", G_CALLBACK (scope_decay_view_tooltip_cb) },
  };
  scope_follow_each (self, connections, G_N_ELEMENTS (connections));
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
    scope_inquiry_set_active (SCOPE_INQUIRY (self->curves), TRUE);
}
