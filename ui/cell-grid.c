#include "ui/cell-grid-private.h"

enum {
  PROP_0,
  PROP_LIST,
  PROP_SELECTS,
  PROP_HADJUSTMENT,
  PROP_VADJUSTMENT,
  PROP_HPOLICY,
  PROP_VPOLICY
};

guint scope_cell_grid_signals[SCOPE_CELL_GRID_N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE (ScopeCellGrid, scope_cell_grid, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE, NULL))

/* --- scrolling ----------------------------------------------------------------------------------
 */

static void
scrolled_cb (ScopeCellGrid *self)
{
  scope_cell_grid_fill_soon (self);
}

static void
set_adjustment (ScopeCellGrid *self, GtkOrientation orientation, GtkAdjustment *adjustment)
{
  GtkAdjustment **own = &self->adjustment[orientation];
  if (adjustment == *own && adjustment != NULL)
    return;
  if (*own != NULL) {
    g_signal_handlers_disconnect_by_func (*own, scrolled_cb, self);
    g_clear_object (own);
  }
  *own
      = g_object_ref_sink (adjustment != NULL ? adjustment : gtk_adjustment_new (0, 0, 0, 0, 0, 0));
  if (orientation == GTK_ORIENTATION_VERTICAL)
    g_signal_connect_swapped (*own, "value-changed", G_CALLBACK (scrolled_cb), self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/* --- public -------------------------------------------------------------------------------------
 */

void
scope_cell_grid_choose (ScopeCellGrid *self, guint position)
{
  guint old = self->selected;
  if (self->selects)
    scope_cell_grid_set_selected (self, position);
  scope_cell_grid_scroll_to (self, position);
  ScopeCellItem *item = scope_cell_grid_find (self, position);
  if (item != NULL && !scope_cell_grid_has_focus (self, item))
    gtk_widget_grab_focus (GTK_WIDGET (item));
  if (self->selects && position != old)
    g_signal_emit (self, scope_cell_grid_signals[SCOPE_CELL_GRID_SELECTED], 0, position);
}

guint
scope_cell_grid_get_selected (ScopeCellGrid *self)
{
  g_return_val_if_fail (SCOPE_IS_CELL_GRID (self), G_MAXUINT);
  return self->selected;
}

void
scope_cell_grid_set_selected (ScopeCellGrid *self, guint position)
{
  g_return_if_fail (SCOPE_IS_CELL_GRID (self));
  GtkWidget *focus = gtk_widget_get_focus_child (GTK_WIDGET (self));
  position = position < self->count ? position : G_MAXUINT;
  if (position == self->selected)
    return;
  self->selected = position;
  for (guint k = 0; k < self->items->len; k++) {
    guint at = scope_cell_item_get_position (self->items->pdata[k]);
    scope_cell_item_set_selected (self->items->pdata[k], at == position && at != G_MAXUINT);
  }
  if (focus != NULL && position != G_MAXUINT)
    scope_cell_grid_take_focus (self);
}

void
scope_cell_grid_scroll_to (ScopeCellGrid *self, guint position)
{
  g_return_if_fail (SCOPE_IS_CELL_GRID (self));
  self->wanted = position;
  if (self->height > 0)
    scope_cell_grid_scroll_to_wanted (self);
}

void
scope_cell_grid_get_cell_size (ScopeCellGrid *self, int *width, int *height)
{
  g_return_if_fail (SCOPE_IS_CELL_GRID (self));
  *width = self->cell_width;
  *height = self->row_height;
}

void
scope_cell_grid_get_sight (ScopeCellGrid *self, guint *begin, guint *end)
{
  g_return_if_fail (SCOPE_IS_CELL_GRID (self));
  scope_cell_grid_range (self, 0, begin, end);
}

void
scope_cell_grid_foreach (ScopeCellGrid *self, GFunc func, gpointer data)
{
  g_return_if_fail (SCOPE_IS_CELL_GRID (self));
  for (guint k = 0; k < self->items->len; k++)
    if (scope_cell_item_get_position (self->items->pdata[k]) != G_MAXUINT)
      func (scope_cell_item_get_cell (self->items->pdata[k]), data);
}

void
scope_cell_grid_set_model (ScopeCellGrid *self, GListModel *model, const ScopeCellMaker *maker,
                           gpointer owner)
{
  g_return_if_fail (SCOPE_IS_CELL_GRID (self) && self->model == NULL);
  self->model = g_object_ref (model);
  self->maker = maker;
  self->owner = owner;
  g_signal_connect_object (model, "items-changed", G_CALLBACK (scope_cell_grid_items_changed), self,
                           G_CONNECT_SWAPPED);
  scope_cell_grid_items_changed (self);
}

/* --- the object ---------------------------------------------------------------------------------
 */

static gboolean
scope_cell_grid_focus (GtkWidget *widget, GtkDirectionType direction)
{
  if (gtk_widget_get_focus_child (widget) != NULL)
    return FALSE; /* the keys move inside; Tab goes on */
  return scope_cell_grid_take_focus (SCOPE_CELL_GRID (widget));
}

static gboolean
scope_cell_grid_grab_focus (GtkWidget *widget)
{
  return scope_cell_grid_take_focus (SCOPE_CELL_GRID (widget));
}

static void
scope_cell_grid_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeCellGrid *self = SCOPE_CELL_GRID (object);
  switch (id) {
  case PROP_LIST:
    g_value_set_boolean (value, self->list);
    break;
  case PROP_SELECTS:
    g_value_set_boolean (value, self->selects);
    break;
  case PROP_HADJUSTMENT:
  case PROP_VADJUSTMENT:
    g_value_set_object (value, self->adjustment[id == PROP_VADJUSTMENT]);
    break;
  default:
    g_value_set_enum (value, self->policy[id == PROP_VPOLICY]);
  }
}

static void
scope_cell_grid_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeCellGrid *self = SCOPE_CELL_GRID (object);
  switch (id) {
  case PROP_LIST:
    self->list = g_value_get_boolean (value);
    break;
  case PROP_SELECTS:
    self->selects = g_value_get_boolean (value);
    break;
  case PROP_HADJUSTMENT:
  case PROP_VADJUSTMENT:
    set_adjustment (self, id == PROP_VADJUSTMENT, g_value_get_object (value));
    break;
  default:
    self->policy[id == PROP_VPOLICY] = g_value_get_enum (value);
    gtk_widget_queue_resize (GTK_WIDGET (self));
  }
}

static void
scope_cell_grid_dispose (GObject *object)
{
  ScopeCellGrid *self = SCOPE_CELL_GRID (object);
  g_clear_handle_id (&self->fill_source, g_source_remove);
  for (guint k = 0; k < G_N_ELEMENTS (self->adjustment); k++)
    if (self->adjustment[k] != NULL)
      g_signal_handlers_disconnect_by_func (self->adjustment[k], scrolled_cb, self);
  g_clear_object (&self->adjustment[0]);
  g_clear_object (&self->adjustment[1]);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_func (self->model, scope_cell_grid_items_changed, self);
  g_clear_object (&self->model);
  g_ptr_array_set_size (self->items, 0);
  self->count = 0;
  G_OBJECT_CLASS (scope_cell_grid_parent_class)->dispose (object);
}

static void
scope_cell_grid_finalize (GObject *object)
{
  g_ptr_array_unref (SCOPE_CELL_GRID (object)->items);
  G_OBJECT_CLASS (scope_cell_grid_parent_class)->finalize (object);
}

static void
install_signals (GType type)
{
  static const char *const names[] = { "selected", "activated", "sight-changed" };
  for (guint k = 0; k < SCOPE_CELL_GRID_N_SIGNALS; k++)
    scope_cell_grid_signals[k]
        = g_signal_new (names[k], type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                        k == SCOPE_CELL_GRID_SIGHT ? 0 : 1, G_TYPE_UINT);
}

static void
scope_cell_grid_class_init (ScopeCellGridClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->get_property = scope_cell_grid_get_property;
  object_class->set_property = scope_cell_grid_set_property;
  object_class->dispose = scope_cell_grid_dispose;
  object_class->finalize = scope_cell_grid_finalize;
  widget_class->measure = scope_cell_grid_measure;
  widget_class->size_allocate = scope_cell_grid_size_allocate;
  widget_class->focus = scope_cell_grid_focus;
  widget_class->grab_focus = scope_cell_grid_grab_focus;
  const GParamFlags once = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  g_object_class_install_property (object_class, PROP_LIST,
                                   g_param_spec_boolean ("list", NULL, NULL, FALSE, once));
  g_object_class_install_property (object_class, PROP_SELECTS,
                                   g_param_spec_boolean ("selects", NULL, NULL, TRUE, once));
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HPOLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VPOLICY, "vscroll-policy");
  install_signals (G_TYPE_FROM_CLASS (klass));
}

static void
scope_cell_grid_init (ScopeCellGrid *self)
{
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify)gtk_widget_unparent);
  self->columns = 1;
  self->selected = self->wanted = G_MAXUINT;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  scope_cell_grid_add_input (self);
}
