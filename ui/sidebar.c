#include "ui/sidebar.h"

#include <math.h>

#include "session/follow.h"
#include "ui/cell-grid.h"
#include "ui/channel-row.h"
#include "ui/format.h"
#include "ui/layer-row.h"
#include "ui/list-items.h"
#include "ui/template.h"

struct _ScopeSidebar {
  GtkWidget parent;
  ScopeSession *session;
  GListStore *layers, *channels; /* ScopeLayerItem, ScopeChannelItem by descending ln decay */
  GPtrArray *items;              /* of CHANNELS, attention heads first and then by channel */
  ScopeCellGrid *layer_list, *channel_list;
  GtkLabel *layers_title, *channels_title;
};

G_DEFINE_FINAL_TYPE (ScopeSidebar, scope_sidebar, GTK_TYPE_WIDGET)

/* --- rows ----------------------------------------------------------------------------------------
 */

static GtkWidget *
make_layer (gpointer owner)
{
  return scope_layer_row_new ();
}

static void
bind_layer (GtkWidget *cell, gpointer item, gpointer owner)
{
  scope_layer_row_set_item (SCOPE_LAYER_ROW (cell), item);
}

static GtkWidget *
make_channel (gpointer owner)
{
  return scope_channel_row_new ();
}

static void
bind_channel (GtkWidget *cell, gpointer item, gpointer owner)
{
  scope_channel_row_set_item (SCOPE_CHANNEL_ROW (cell), item);
}

/* --- selection -----------------------------------------------------------------------------------
 */

static void
layer_selected_cb (ScopeSidebar *self, guint position)
{
  g_autoptr (ScopeLayerItem) item = g_list_model_get_item (G_LIST_MODEL (self->layers), position);
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
channel_selected_cb (ScopeSidebar *self, guint position)
{
  g_autoptr (ScopeChannelItem) item
      = g_list_model_get_item (G_LIST_MODEL (self->channels), position);
  scope_session_set_map (self->session, item_kind (self, item),
                         scope_channel_item_get_stats (item)->channel);
}

static void
show_selected (ScopeCellGrid *list, guint position)
{
  scope_cell_grid_set_selected (list, position);
  scope_cell_grid_scroll_to (list, position);
}

static void
show_selected_layer (ScopeSidebar *self)
{
  show_selected (self->layer_list, (guint)scope_session_get_layer (self->session));
}

static void
show_selected_channel (ScopeSidebar *self)
{
  gsize channel = scope_session_get_channel (self->session);
  gboolean attention = scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX;
  guint count = g_list_model_get_n_items (G_LIST_MODEL (self->channels));
  guint position = G_MAXUINT;
  for (guint k = 0; k < count && position == G_MAXUINT; k++) {
    g_autoptr (ScopeChannelItem) item = g_list_model_get_item (G_LIST_MODEL (self->channels), k);
    if (scope_channel_item_get_stats (item)->channel == channel
        && scope_channel_item_is_attention (item) == attention)
      position = k;
  }
  show_selected (self->channel_list, position);
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
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  for (gsize k = 0; k < count; k++)
    g_ptr_array_add (items, scope_layer_item_new (k, attention_heads (self, k) > 0));
  g_list_store_splice (self->layers, 0, g_list_model_get_n_items (G_LIST_MODEL (self->layers)),
                       items->pdata, items->len);
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

/* The same objects as long as it is the same channels: what has not changed is then left as it is.
 */
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
  if (!in_order (self, wanted))
    g_list_store_splice (self->channels, 0,
                         g_list_model_get_n_items (G_LIST_MODEL (self->channels)), wanted->pdata,
                         wanted->len);
  show_selected_channel (self);
}

static void
scope_sidebar_dispose (GObject *object)
{
  ScopeSidebar *self = SCOPE_SIDEBAR (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_SIDEBAR);
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
  g_type_ensure (SCOPE_TYPE_CELL_GRID);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeSidebar, layer_list);
  gtk_widget_class_bind_template_child (widget_class, ScopeSidebar, channel_list);
  gtk_widget_class_bind_template_child (widget_class, ScopeSidebar, layers_title);
  gtk_widget_class_bind_template_child (widget_class, ScopeSidebar, channels_title);
  gtk_widget_class_set_css_name (widget_class, "scope-sidebar");
}

static void
scope_sidebar_init (ScopeSidebar *self)
{
  static const ScopeCellMaker layers = { make_layer, bind_layer };
  static const ScopeCellMaker channels = { make_channel, bind_channel };
  gtk_widget_init_template (GTK_WIDGET (self));
  self->layers = g_list_store_new (SCOPE_TYPE_LAYER_ITEM);
  self->channels = g_list_store_new (SCOPE_TYPE_CHANNEL_ITEM);
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  scope_cell_grid_set_model (self->layer_list, G_LIST_MODEL (self->layers), &layers, self);
  scope_cell_grid_set_model (self->channel_list, G_LIST_MODEL (self->channels), &channels, self);
  g_signal_connect_swapped (self->layer_list, "selected", G_CALLBACK (layer_selected_cb), self);
  g_signal_connect_swapped (self->channel_list, "selected", G_CALLBACK (channel_selected_cb), self);
}

void
scope_sidebar_set_session (ScopeSidebar *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_SIDEBAR (self) && self->session == NULL);
  self->session = g_object_ref (session);
  static const ScopeFollowed connections[] = {
    { "notify::model", G_CALLBACK (fill_layers) },
    { "notify::network", G_CALLBACK (show_shares) },
    { "notify::layer", G_CALLBACK (show_selected_layer) },
    { "notify::channel", G_CALLBACK (show_selected_channel) },
    { "notify::kind", G_CALLBACK (show_selected_channel) },
    { "notify::layer-view", G_CALLBACK (fill_channels) },
  };
  scope_follow (session, self, connections, G_N_ELEMENTS (connections));
  fill_layers (self);
  show_shares (self);
  fill_channels (self);
}
