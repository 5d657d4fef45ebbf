#include "session/atlas-private.h"

#include <math.h>
#include <string.h>

#include "session/follow.h"
#include "session/session-private.h"

#define CACHE_PICTURES 4096

struct _ScopeAtlasItem {
  GObject parent_instance;
  guint index;
};

G_DEFINE_FINAL_TYPE (ScopeAtlasItem, scope_atlas_item, G_TYPE_OBJECT)

static void
scope_atlas_item_class_init (ScopeAtlasItemClass *class)
{
}

static void
scope_atlas_item_init (ScopeAtlasItem *self)
{
}

guint
scope_atlas_item_get_index (ScopeAtlasItem *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS_ITEM (self), 0);
  return self->index;
}

GParamSpec *scope_atlas_props[SCOPE_ATLAS_N_PROPS];
enum { SIGNAL_REFRESHED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void scope_atlas_list_init (GListModelInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (ScopeAtlas, scope_atlas, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, scope_atlas_list_init))

/* --- the list -----------------------------------------------------------------------------------
 */

static GType
list_item_type (GListModel *list)
{
  return SCOPE_TYPE_ATLAS_ITEM;
}

static guint
list_n_items (GListModel *list)
{
  return SCOPE_ATLAS (list)->n_order;
}

static gpointer
list_item (GListModel *list, guint position)
{
  ScopeAtlas *self = SCOPE_ATLAS (list);
  if (position >= self->n_order)
    return NULL;
  ScopeAtlasItem *item = g_object_new (SCOPE_TYPE_ATLAS_ITEM, NULL);
  item->index = self->order[position];
  return item;
}

static void
scope_atlas_list_init (GListModelInterface *iface)
{
  iface->get_item_type = list_item_type;
  iface->get_n_items = list_n_items;
  iface->get_item = list_item;
}

/* --- the order ----------------------------------------------------------------------------------
 */

void
scope_atlas_tell_refreshed (ScopeAtlas *self)
{
  g_signal_emit (self, signals[SIGNAL_REFRESHED], 0);
}

static gboolean
is_shown (ScopeAtlas *self, guint index)
{
  return self->shown == SCOPE_ATLAS_ALL
         || scope_atlas_is_global (self, index) == (self->shown == SCOPE_ATLAS_GLOBAL);
}

static guint *
make_order (ScopeAtlas *self, guint *count)
{
  guint begin, end;
  scope_atlas_bounds (self, &begin, &end);
  g_autofree ScopeAtlasRank *ranks = g_new (ScopeAtlasRank, MAX (end - begin, 1));
  gsize n = 0;
  for (guint index = begin; index < end; index++)
    if (is_shown (self, index)) {
      double value = self->sort == SCOPE_ATLAS_BY_INDEX ? (double)index
                                                        : scope_atlas_sort_value (self, index);
      ranks[n++] = (ScopeAtlasRank){ value, index };
    }
  scope_atlas_sort_ranks (ranks, n, self->descending);
  guint *order = g_new (guint, MAX (n, 1));
  for (gsize k = 0; k < n; k++)
    order[k] = ranks[k].index;
  *count = (guint)n;
  return order;
}

void
scope_atlas_reorder (ScopeAtlas *self)
{
  guint count, old = self->n_order;
  g_autofree guint *order = make_order (self, &count);
  self->ordered_at = g_get_monotonic_time ();
  self->order_due = FALSE;
  if (count != old || (count > 0 && memcmp (order, self->order, count * sizeof *order) != 0)) {
    g_free (self->order);
    self->order = g_steal_pointer (&order);
    self->n_order = count;
    g_list_model_items_changed (G_LIST_MODEL (self), 0, old, count);
  }
  scope_atlas_tell_refreshed (self);
  g_object_notify_by_pspec (G_OBJECT (self), scope_atlas_props[SCOPE_ATLAS_PROP_SELECTED]);
}

static void
source_changed (ScopeAtlas *self)
{
  ScopeSession *session = self->session;
  ScopeLook *look = self->scope == SCOPE_ATLAS_LAYER ? session->look : session->network_look;
  if (!self->active) {
    /* Out of sight it asks for nothing, but a text that is open no more is let go: it may be large.
     */
    if (self->look != NULL && self->look->stage != session->stage) {
      scope_atlas_close_source (self);
      scope_atlas_reorder (self);
    }
    return;
  }
  self->asked = FALSE; /* a new layer is on screen: what was asked for about the old one is gone */
  if (look == NULL || session->look == NULL)
    scope_atlas_close_source (self);
  else
    scope_atlas_open_source (self, look);
  scope_atlas_reorder (self);
  scope_atlas_pump (self);
}

void
scope_atlas_want (ScopeAtlas *self, const guint *indices, gsize count)
{
  g_return_if_fail (SCOPE_IS_ATLAS (self));
  g_array_set_size (self->wanted, 0);
  g_array_append_vals (self->wanted, indices, (guint)count);
  scope_atlas_pump (self);
}

GBytes *
scope_atlas_thumbnail (ScopeAtlas *self, guint index, gsize *side)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), NULL);
  return scope_atlas_cache_get (self->pictures, index, NULL, side);
}

gboolean
scope_atlas_get_exact (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), FALSE);
  return self->exact;
}

/* --- getters and setters ------------------------------------------------------------------------
 */

void
scope_atlas_set_active (ScopeAtlas *self, gboolean active)
{
  g_return_if_fail (SCOPE_IS_ATLAS (self));
  if (!active == !self->active)
    return;
  self->active = active != FALSE;
  if (self->active)
    source_changed (self);
  else if (self->asked)
    scope_engine_cancel (self->session->engine, SCOPE_REQUEST_ATLAS);
  self->asked &= self->active;
  scope_session_notify_busy (self->session);
}

ScopeAtlasScope
scope_atlas_get_scope (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), SCOPE_ATLAS_LAYER);
  return self->scope;
}

void
scope_atlas_set_scope (ScopeAtlas *self, ScopeAtlasScope scope)
{
  g_return_if_fail (SCOPE_IS_ATLAS (self) && scope <= SCOPE_ATLAS_MODEL);
  if (scope == self->scope)
    return;
  self->scope = scope;
  self->stopped = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), scope_atlas_props[SCOPE_ATLAS_PROP_SCOPE]);
  source_changed (self);
}

/* The order that is asked for has changed by PROP. */
static void
order_changed (ScopeAtlas *self, guint prop)
{
  self->stopped = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), scope_atlas_props[prop]);
  scope_atlas_reorder (self);
  scope_atlas_pump (self);
}

ScopeAtlasSort
scope_atlas_get_sort (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), SCOPE_ATLAS_BY_DECAY);
  return self->sort;
}

void
scope_atlas_set_sort (ScopeAtlas *self, ScopeAtlasSort sort)
{
  g_return_if_fail (SCOPE_IS_ATLAS (self) && sort < SCOPE_ATLAS_N_SORTS);
  if (sort == self->sort)
    return;
  self->sort = sort;
  order_changed (self, SCOPE_ATLAS_PROP_SORT);
}

gboolean
scope_atlas_get_descending (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), FALSE);
  return self->descending;
}

void
scope_atlas_set_descending (ScopeAtlas *self, gboolean descending)
{
  g_return_if_fail (SCOPE_IS_ATLAS (self));
  if (!descending == !self->descending)
    return;
  self->descending = descending != FALSE;
  order_changed (self, SCOPE_ATLAS_PROP_DESCENDING);
}

ScopeAtlasClasses
scope_atlas_get_classes (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), SCOPE_ATLAS_ALL);
  return self->shown;
}

void
scope_atlas_set_classes (ScopeAtlas *self, ScopeAtlasClasses classes)
{
  g_return_if_fail (SCOPE_IS_ATLAS (self) && classes <= SCOPE_ATLAS_LOCAL);
  if (classes == self->shown)
    return;
  self->shown = classes;
  order_changed (self, SCOPE_ATLAS_PROP_CLASSES);
}

gsize
scope_atlas_get_total (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), 0);
  guint begin, end;
  scope_atlas_bounds (self, &begin, &end);
  return end - begin;
}

gsize
scope_atlas_get_layers (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), 0);
  return self->layers;
}

gsize
scope_atlas_get_channels (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), 0);
  return self->channels;
}

gsize
scope_atlas_count_global (ScopeAtlas *self, gsize layer)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self) && layer < self->layers, 0);
  gsize count = 0;
  for (gsize c = 0; c < self->channels; c++)
    count += scope_atlas_is_global (self, (guint)(layer * self->channels + c));
  return count;
}

guint
scope_atlas_get_selected (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), G_MAXUINT);
  guint index = scope_atlas_session_index (self);
  for (guint k = 0; index != G_MAXUINT && k < self->n_order; k++)
    if (self->order[k] == index)
      return k;
  return G_MAXUINT;
}

void
scope_atlas_select (ScopeAtlas *self, guint index)
{
  g_return_if_fail (SCOPE_IS_ATLAS (self) && index < self->layers * self->channels);
  ScopeMatrixKind kind = scope_session_get_kind (self->session);
  g_object_freeze_notify (G_OBJECT (self->session));
  scope_session_set_layer (self->session, index / self->channels);
  scope_session_set_map (self->session, kind == SCOPE_MATRIX_SOFTMAX ? SCOPE_MATRIX_S6 : kind,
                         index % self->channels);
  g_object_thaw_notify (G_OBJECT (self->session));
}

static void
selection_changed (ScopeAtlas *self)
{
  if (!self->active)
    return;
  if (self->sort == SCOPE_ATLAS_BY_SIMILARITY && self->look != NULL) {
    scope_atlas_reorder (self);
    scope_atlas_pump (self);
  } else {
    g_object_notify_by_pspec (G_OBJECT (self), scope_atlas_props[SCOPE_ATLAS_PROP_SELECTED]);
  }
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
scope_atlas_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeAtlas *self = SCOPE_ATLAS (object);
  switch (id) {
  case SCOPE_ATLAS_PROP_SCOPE:
    g_value_set_uint (value, self->scope);
    break;
  case SCOPE_ATLAS_PROP_SORT:
    g_value_set_uint (value, self->sort);
    break;
  case SCOPE_ATLAS_PROP_DESCENDING:
    g_value_set_boolean (value, self->descending);
    break;
  case SCOPE_ATLAS_PROP_CLASSES:
    g_value_set_uint (value, self->shown);
    break;
  case SCOPE_ATLAS_PROP_PROGRESS:
    g_value_set_double (value, scope_atlas_get_progress (self));
    break;
  case SCOPE_ATLAS_PROP_SELECTED:
    g_value_set_uint (value, scope_atlas_get_selected (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
scope_atlas_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeAtlas *self = SCOPE_ATLAS (object);
  switch (id) {
  case SCOPE_ATLAS_PROP_SCOPE:
    scope_atlas_set_scope (self, g_value_get_uint (value));
    break;
  case SCOPE_ATLAS_PROP_SORT:
    scope_atlas_set_sort (self, g_value_get_uint (value));
    break;
  case SCOPE_ATLAS_PROP_DESCENDING:
    scope_atlas_set_descending (self, g_value_get_boolean (value));
    break;
  case SCOPE_ATLAS_PROP_CLASSES:
    scope_atlas_set_classes (self, g_value_get_uint (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
scope_atlas_dispose (GObject *object)
{
  ScopeAtlas *self = SCOPE_ATLAS (object);
  if (self->session != NULL) {
    scope_atlas_set_active (self, FALSE);
    scope_atlas_release_look (self);
    g_clear_object (&self->session);
  }
  G_OBJECT_CLASS (scope_atlas_parent_class)->dispose (object);
}

static void
scope_atlas_finalize (GObject *object)
{
  ScopeAtlas *self = SCOPE_ATLAS (object);
  scope_atlas_resize (self, 0, 0);
  g_free (self->stats);
  g_free (self->signatures);
  g_free (self->squares);
  g_free (self->order);
  g_clear_pointer (&self->classes, scope_matrix_unref);
  g_clear_pointer (&self->pictures, scope_atlas_cache_free);
  g_clear_pointer (&self->wanted, g_array_unref);
  G_OBJECT_CLASS (scope_atlas_parent_class)->finalize (object);
}

static void
scope_atlas_class_init (ScopeAtlasClass *class)
{
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const GParamFlags write = read | G_PARAM_WRITABLE;
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  object_class->get_property = scope_atlas_get_property;
  object_class->set_property = scope_atlas_set_property;
  object_class->dispose = scope_atlas_dispose;
  object_class->finalize = scope_atlas_finalize;
  scope_atlas_props[SCOPE_ATLAS_PROP_SCOPE]
      = g_param_spec_uint ("scope", NULL, NULL, 0, SCOPE_ATLAS_MODEL, 0, write);
  scope_atlas_props[SCOPE_ATLAS_PROP_SORT]
      = g_param_spec_uint ("sort", NULL, NULL, 0, SCOPE_ATLAS_N_SORTS - 1, 0, write);
  scope_atlas_props[SCOPE_ATLAS_PROP_DESCENDING]
      = g_param_spec_boolean ("descending", NULL, NULL, TRUE, write);
  scope_atlas_props[SCOPE_ATLAS_PROP_CLASSES]
      = g_param_spec_uint ("classes", NULL, NULL, 0, SCOPE_ATLAS_LOCAL, 0, write);
  scope_atlas_props[SCOPE_ATLAS_PROP_PROGRESS]
      = g_param_spec_double ("progress", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, read);
  scope_atlas_props[SCOPE_ATLAS_PROP_SELECTED]
      = g_param_spec_uint ("selected", NULL, NULL, 0, G_MAXUINT, G_MAXUINT, read);
  g_object_class_install_properties (object_class, SCOPE_ATLAS_N_PROPS, scope_atlas_props);
  signals[SIGNAL_REFRESHED] = g_signal_new ("refreshed", SCOPE_TYPE_ATLAS, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_atlas_init (ScopeAtlas *self)
{
  self->pictures = scope_atlas_cache_new (CACHE_PICTURES);
  self->wanted = g_array_new (FALSE, FALSE, sizeof (guint));
  self->descending = TRUE;
  self->exact = TRUE;
}

ScopeAtlas *
scope_atlas_new (ScopeSession *session)
{
  static const ScopeFollowed connections[] = {
    { "notify::layer-view", G_CALLBACK (source_changed) },
    { "notify::network", G_CALLBACK (source_changed) },
    { "notify::channel", G_CALLBACK (selection_changed) },
    { "notify::kind", G_CALLBACK (selection_changed) },
    { "notify::layer", G_CALLBACK (selection_changed) },
    { "notify::busy", G_CALLBACK (scope_atlas_busy_changed) },
  };
  ScopeAtlas *self = g_object_new (SCOPE_TYPE_ATLAS, NULL);
  self->session = g_object_ref (session);
  scope_follow (session, self, connections, G_N_ELEMENTS (connections));
  return self;
}
