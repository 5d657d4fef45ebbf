#include "ui/sidebar.h"

#include <math.h>

#include "ui/channel-row.h"
#include "ui/format.h"
#include "ui/layer-row.h"
#include "ui/list-items.h"
#include "ui/template.h"

#define SIGHT_DELAY_MS 50
#define SIGHT_TRIES    60 /* a hidden sidebar is never laid out */

struct _ScopeSidebar {
  GtkWidget parent;
  ScopeSession *session;
  GListStore *layers, *channels; /* ScopeLayerItem, ScopeChannelItem by descending ln decay */
  GPtrArray *items;              /* of CHANNELS, attention heads first and then by channel */
  GtkSingleSelection *layer_selection, *channel_selection;
  guint sight_source; /* the selected rows are to be scrolled to */
  guint sight_tries;
  gboolean refilling; /* selections move by themselves while a list is refilled */
  GtkListView *layer_list, *channel_list;
  GtkLabel *layers_title, *channels_title;
};

G_DEFINE_FINAL_TYPE (ScopeSidebar, scope_sidebar, GTK_TYPE_WIDGET)

/* --- rows ----------------------------------------------------------------------------------------
 */

static void
layer_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  gtk_list_item_set_child (item, scope_layer_row_new ());
}

static void
layer_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  scope_layer_row_set_item (SCOPE_LAYER_ROW (gtk_list_item_get_child (item)),
                            gtk_list_item_get_item (item));
}

static void
layer_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  scope_layer_row_set_item (SCOPE_LAYER_ROW (gtk_list_item_get_child (item)), NULL);
}

static void
channel_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  gtk_list_item_set_child (item, scope_channel_row_new ());
}

static void
channel_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  scope_channel_row_set_item (SCOPE_CHANNEL_ROW (gtk_list_item_get_child (item)), NULL);
}

static void
channel_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  scope_channel_row_set_item (SCOPE_CHANNEL_ROW (gtk_list_item_get_child (item)),
                              gtk_list_item_get_item (item));
}

/* --- selection -----------------------------------------------------------------------------------
 */

static void
layer_selected_cb (ScopeSidebar *self)
{
  ScopeLayerItem *item = gtk_single_selection_get_selected_item (self->layer_selection);
  if (!self->refilling && item != NULL)
    scope_session_set_layer (self->session, scope_layer_item_get_layer (item));
}

/* From an attention head back to the SSM: its kernel. */
static ScopeMatrixKind
item_kind (ScopeSidebar *self, ScopeChannelItem *item)
{
  ScopeMatrixKind kind = scope_session_get_kind (self->session);
  if (scope_channel_item_is_attention (item))
    return SCOPE_MATRIX_SOFTMAX;
  return kind == SCOPE_MATRIX_SOFTMAX ? SCOPE_MATRIX_S6 : kind;
}

static void
channel_selected_cb (ScopeSidebar *self)
{
  ScopeChannelItem *item = gtk_single_selection_get_selected_item (self->channel_selection);
  if (!self->refilling && item != NULL)
    scope_session_set_map (self->session, item_kind (self, item),
                           scope_channel_item_get_stats (item)->channel);
}

/* FALSE while LIST has not been laid out: it knows no places to scroll to. */
static gboolean
bring_into_sight (GtkListView *list, GtkSingleSelection *selection)
{
  GtkAdjustment *place = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (list));
  guint position = gtk_single_selection_get_selected (selection);
  if (position == GTK_INVALID_LIST_POSITION)
    return TRUE;
  if (gtk_adjustment_get_page_size (place) <= 0 || gtk_adjustment_get_upper (place) <= 0)
    return FALSE;
  return gtk_widget_activate_action (GTK_WIDGET (list), "list.scroll-to-item", "u", position);
}

static gboolean
sight_cb (gpointer data)
{
  ScopeSidebar *self = data;
  gboolean layers = bring_into_sight (self->layer_list, self->layer_selection);
  gboolean channels = bring_into_sight (self->channel_list, self->channel_selection);
  if ((!layers || !channels) && ++self->sight_tries < SIGHT_TRIES)
    return G_SOURCE_CONTINUE;
  self->sight_source = 0;
  return G_SOURCE_REMOVE;
}

static void
bring_selection_into_sight (ScopeSidebar *self)
{
  self->sight_tries = 0;
  if (self->sight_source == 0)
    self->sight_source = g_timeout_add (SIGHT_DELAY_MS, sight_cb, self);
}

static void
show_selected_layer (ScopeSidebar *self)
{
  guint layer = (guint)scope_session_get_layer (self->session);
  self->refilling = TRUE;
  gtk_single_selection_set_selected (self->layer_selection, layer);
  self->refilling = FALSE;
  bring_selection_into_sight (self);
}

static void
show_selected_channel (ScopeSidebar *self)
{
  gsize channel = scope_session_get_channel (self->session);
  gboolean attention = scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX;
  guint count = g_list_model_get_n_items (G_LIST_MODEL (self->channels));
  guint position = GTK_INVALID_LIST_POSITION;
  for (guint k = 0; k < count && position == GTK_INVALID_LIST_POSITION; k++) {
    g_autoptr (ScopeChannelItem) item = g_list_model_get_item (G_LIST_MODEL (self->channels), k);
    if (scope_channel_item_get_stats (item)->channel == channel
        && scope_channel_item_is_attention (item) == attention)
      position = k;
  }
  self->refilling = TRUE;
  gtk_single_selection_set_selected (self->channel_selection, position);
  self->refilling = FALSE;
  bring_selection_into_sight (self);
}

/* --- contents ------------------------------------------------------------------------------------
 */

static gsize
attention_heads (ScopeSidebar *self, gsize layer)
{
  ScopeModel *model = scope_session_get_model (self->session);
  return scope_matrix_channels (scope_model_config (model), layer, SCOPE_MATRIX_SOFTMAX);
}

static void
fill_layers (ScopeSidebar *self)
{
  ScopeModel *model = scope_session_get_model (self->session);
  gsize count = model != NULL ? scope_model_config (model)->n_layer : 0;
  self->refilling = TRUE;
  g_list_store_remove_all (self->layers);
  for (gsize k = 0; k < count; k++) {
    g_autoptr (ScopeLayerItem) item = scope_layer_item_new (k, attention_heads (self, k) > 0);
    g_list_store_append (self->layers, item);
  }
  self->refilling = FALSE;
  gboolean heads = g_str_equal (scope_format_channel_noun (model), "head");
  gtk_label_set_text (self->channels_title, heads ? "Heads" : "Channels");
  if (count > 0)
    show_selected_layer (self);
}

static void
show_shares (ScopeSidebar *self)
{
  const ScopeNetworkView *network = scope_session_get_network (self->session);
  guint count = g_list_model_get_n_items (G_LIST_MODEL (self->layers));
  for (guint k = 0; k < count; k++) {
    g_autoptr (ScopeLayerItem) item = g_list_model_get_item (G_LIST_MODEL (self->layers), k);
    gboolean known = network != NULL && network->global_share != NULL && k < network->layers;
    scope_layer_item_set_global_share (item, known ? network->global_share[k] : NAN);
  }
}

static int
compare_memory (gconstpointer a, gconstpointer b)
{
  const ScopeChannelStats *p = a, *q = b;
  if (p->ln_decay != q->ln_decay)
    return p->ln_decay > q->ln_decay ? -1 : 1;
  return p->channel < q->channel ? -1 : p->channel > q->channel;
}

/* Decays of one layer span many orders of magnitude: the bar is logarithmic, full where nothing is
 * forgotten and empty for the shortest memory of the layer. */
static double
memory_bar (double ln_decay, double lowest)
{
  if (lowest >= 0)
    return 1;
  return 1 - log1p (-ln_decay) / log1p (-lowest);
}

/* The same objects as long as it is the same channels: the list then keeps their rows, and making
 * two hundred of them anew would hold up the frame with the new map. */
static void
make_items (ScopeSidebar *self, gsize heads, const ScopeChannelStats *channels, gsize count)
{
  const char *noun = scope_format_channel_noun (scope_session_get_model (self->session));
  gsize old_heads = 0;
  while (old_heads < self->items->len
         && scope_channel_item_is_attention (self->items->pdata[old_heads]))
    old_heads++;
  gboolean same = old_heads == heads && self->items->len == heads + count && count > 0
                  && g_str_equal (scope_channel_item_get_noun (self->items->pdata[heads]), noun);
  if (same)
    return;
  g_ptr_array_set_size (self->items, 0);
  for (gsize k = 0; k < heads; k++)
    g_ptr_array_add (self->items, scope_channel_item_new_attention (k));
  for (gsize k = 0; k < count; k++)
    g_ptr_array_add (self->items, scope_channel_item_new (&channels[k], noun, 0));
}

static gboolean
in_order (ScopeSidebar *self, const GPtrArray *items)
{
  gboolean same = g_list_model_get_n_items (G_LIST_MODEL (self->channels)) == items->len;
  for (guint k = 0; same && k < items->len; k++) {
    g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->channels), k);
    same = item == items->pdata[k];
  }
  return same;
}

static void
fill_channels (ScopeSidebar *self)
{
  const ScopeLayerView *view = scope_session_get_layer_view (self->session);
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
  gsize count = view != NULL ? view->n_channels : 0;
  gsize heads = view != NULL ? attention_heads (self, view->layer) : 0;
  g_autofree ScopeChannelStats *sorted
      = g_memdup2 (count > 0 ? view->channels : NULL, count * sizeof (ScopeChannelStats));
  if (count > 0)
    qsort (sorted, count, sizeof *sorted, compare_memory);
  make_items (self, heads, count > 0 ? view->channels : NULL, count);
  for (gsize k = 0; k < heads; k++)
    g_ptr_array_add (wanted, self->items->pdata[k]);
  for (gsize k = 0; k < count; k++) {
    ScopeChannelItem *item = self->items->pdata[heads + sorted[k].channel];
    double memory = memory_bar (sorted[k].ln_decay, sorted[count - 1].ln_decay);
    scope_channel_item_update (item, &sorted[k], memory);
    g_ptr_array_add (wanted, item);
  }
  if (!in_order (self, wanted)) {
    self->refilling = TRUE;
    g_list_store_splice (self->channels, 0,
                         g_list_model_get_n_items (G_LIST_MODEL (self->channels)), wanted->pdata,
                         wanted->len);
    self->refilling = FALSE;
  }
  show_selected_channel (self);
}

static void
scope_sidebar_dispose (GObject *object)
{
  ScopeSidebar *self = SCOPE_SIDEBAR (object);
  g_clear_handle_id (&self->sight_source, g_source_remove);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_SIDEBAR);
  g_clear_object (&self->layer_selection);
  g_clear_object (&self->channel_selection);
  g_clear_object (&self->layers);
  g_clear_object (&self->channels);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_sidebar_parent_class)->dispose (object);
}

static void
scope_sidebar_class_init (ScopeSidebarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_sidebar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeSidebar, layer_list);
  gtk_widget_class_bind_template_child (widget_class, ScopeSidebar, channel_list);
  gtk_widget_class_bind_template_child (widget_class, ScopeSidebar, layers_title);
  gtk_widget_class_bind_template_child (widget_class, ScopeSidebar, channels_title);
  gtk_widget_class_set_css_name (widget_class, "scope-sidebar");
}

static GtkSingleSelection *
selection_over (GListStore *store)
{
  GtkSingleSelection *selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (store)));
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  return selection;
}

static void
scope_sidebar_init (ScopeSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->layers = g_list_store_new (SCOPE_TYPE_LAYER_ITEM);
  self->channels = g_list_store_new (SCOPE_TYPE_CHANNEL_ITEM);
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->layer_selection = selection_over (self->layers);
  self->channel_selection = selection_over (self->channels);
  g_autoptr (GtkListItemFactory) layers = gtk_signal_list_item_factory_new ();
  g_signal_connect (layers, "setup", G_CALLBACK (layer_setup_cb), NULL);
  g_signal_connect (layers, "bind", G_CALLBACK (layer_bind_cb), NULL);
  g_signal_connect (layers, "unbind", G_CALLBACK (layer_unbind_cb), NULL);
  gtk_list_view_set_factory (self->layer_list, layers);
  gtk_list_view_set_model (self->layer_list, GTK_SELECTION_MODEL (self->layer_selection));
  g_autoptr (GtkListItemFactory) channels = gtk_signal_list_item_factory_new ();
  g_signal_connect (channels, "setup", G_CALLBACK (channel_setup_cb), NULL);
  g_signal_connect (channels, "bind", G_CALLBACK (channel_bind_cb), NULL);
  g_signal_connect (channels, "unbind", G_CALLBACK (channel_unbind_cb), NULL);
  gtk_list_view_set_factory (self->channel_list, channels);
  gtk_list_view_set_model (self->channel_list, GTK_SELECTION_MODEL (self->channel_selection));
  g_signal_connect_object (self->layer_selection, "notify::selected",
                           G_CALLBACK (layer_selected_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->channel_selection, "notify::selected",
                           G_CALLBACK (channel_selected_cb), self, G_CONNECT_SWAPPED);
}

void
scope_sidebar_set_session (ScopeSidebar *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_SIDEBAR (self) && self->session == NULL);
  self->session = g_object_ref (session);
  const struct {
    const char *signal;
    GCallback callback;
  } connections[] = {
    { "notify::model", G_CALLBACK (fill_layers) },
    { "notify::network", G_CALLBACK (show_shares) },
    { "notify::layer", G_CALLBACK (show_selected_layer) },
    { "notify::channel", G_CALLBACK (show_selected_channel) },
    { "notify::kind", G_CALLBACK (show_selected_channel) },
    { "notify::layer-view", G_CALLBACK (fill_channels) },
  };
  for (guint k = 0; k < G_N_ELEMENTS (connections); k++)
    g_signal_connect_object (session, connections[k].signal, connections[k].callback, self,
                             G_CONNECT_SWAPPED);
  fill_layers (self);
  show_shares (self);
  fill_channels (self);
}
