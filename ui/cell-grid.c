#include "ui/cell-grid-private.h"

#include <math.h>

#define SPARE_ROWS 1 /* on each side: so a window that grows by a little finds its cells made */

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

static GtkAdjustment *
place (ScopeCellGrid *self)
{
  return self->adjustment[GTK_ORIENTATION_VERTICAL];
}

/* In whole pixels, or pictures would be blurred while they scroll. */
static int
scrolled (ScopeCellGrid *self)
{
  return place (self) != NULL ? (int)lrint (gtk_adjustment_get_value (place (self))) : 0;
}

static guint
rows_of (ScopeCellGrid *self)
{
  return (self->count + self->columns - 1) / self->columns;
}

/* --- cells --------------------------------------------------------------------------------------
 */

ScopeCellItem *
scope_cell_grid_find (ScopeCellGrid *self, guint position)
{
  for (guint k = 0; k < self->items->len && position < self->count; k++)
    if (scope_cell_item_get_position (self->items->pdata[k]) == position)
      return self->items->pdata[k];
  return NULL;
}

static void
show (ScopeCellGrid *self, ScopeCellItem *item, guint position)
{
  g_autoptr (GObject) shown
      = position != G_MAXUINT ? g_list_model_get_item (self->model, position) : NULL;
  scope_cell_item_set_position (item, position, self->count);
  scope_cell_item_set_selected (item, position != G_MAXUINT && position == self->selected);
  self->maker->bind (scope_cell_item_get_cell (item), shown, self->owner);
}

/* Rows that have cells: half open. */
static void
get_rows (ScopeCellGrid *self, int spare, guint *begin, guint *end)
{
  guint rows = rows_of (self);
  *begin = *end = 0;
  if (self->row_height <= 0 || self->height <= 0 || rows == 0)
    return;
  int first = scrolled (self) / self->row_height - spare;
  int last = (scrolled (self) + self->height - 1) / self->row_height + spare;
  *begin = (guint)CLAMP (first, 0, (int)rows - 1);
  *end = (guint)CLAMP (last, 0, (int)rows - 1) + 1;
}

static void
get_range (ScopeCellGrid *self, int spare, guint *begin, guint *end)
{
  get_rows (self, spare, begin, end);
  *begin = *begin * self->columns;
  *end = MIN (*end * self->columns, self->count);
}

static gboolean
has_focus (ScopeCellGrid *self, ScopeCellItem *item)
{
  return gtk_widget_get_focus_child (GTK_WIDGET (self)) == GTK_WIDGET (item);
}

/* Those that may show something else: what is out of sight, but for what has the keyboard's focus.
 */
static GPtrArray *
spare_items (ScopeCellGrid *self, guint begin, guint end, gboolean *there)
{
  GPtrArray *spare = g_ptr_array_new ();
  for (guint k = 0; k < self->items->len; k++) {
    ScopeCellItem *item = self->items->pdata[k];
    guint position = scope_cell_item_get_position (item);
    if (position >= begin && position < end)
      there[position - begin] = TRUE;
    else if (position >= self->count || !has_focus (self, item))
      g_ptr_array_add (spare, item);
  }
  return spare;
}

static ScopeCellItem *
take_item (ScopeCellGrid *self, GPtrArray *spare)
{
  if (spare->len > 0)
    return g_ptr_array_steal_index (spare, spare->len - 1);
  GtkWidget *item = scope_cell_item_new (self->maker->make (self->owner), self->list);
  gtk_widget_set_parent (item, GTK_WIDGET (self));
  g_ptr_array_add (self->items, item);
  return SCOPE_CELL_ITEM (item);
}

/* Not during a layout: what the cells are given may change what they ask for. */
static void
fill (ScopeCellGrid *self)
{
  guint begin, end;
  g_clear_handle_id (&self->fill_source, g_source_remove);
  get_range (self, SPARE_ROWS, &begin, &end);
  if (end == 0)
    end = MIN (self->count, 1); /* one to measure */
  g_autofree gboolean *there = g_new0 (gboolean, end - begin + 1);
  g_autoptr (GPtrArray) spare = spare_items (self, begin, end, there);
  for (guint position = begin; position < end; position++)
    if (!there[position - begin])
      show (self, take_item (self, spare), position);
  for (guint k = 0; k < spare->len; k++)
    if (scope_cell_item_get_position (spare->pdata[k]) != G_MAXUINT)
      show (self, spare->pdata[k], G_MAXUINT);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  g_signal_emit (self, scope_cell_grid_signals[SCOPE_CELL_GRID_SIGHT], 0);
}

static gboolean
fill_cb (gpointer data)
{
  ScopeCellGrid *self = data;
  self->fill_source = 0;
  fill (self);
  return G_SOURCE_REMOVE;
}

/* At once, or as soon as the layout is over. */
static void
fill_soon (ScopeCellGrid *self)
{
  if (self->model == NULL)
    return;
  if (!self->allocating)
    fill (self);
  else if (self->fill_source == 0)
    self->fill_source
        = g_idle_add_full (G_PRIORITY_DEFAULT, fill_cb, self, NULL); /* before the next frame */
}

static void
items_changed_cb (ScopeCellGrid *self)
{
  gboolean focused = gtk_widget_get_focus_child (GTK_WIDGET (self)) != NULL;
  self->count = g_list_model_get_n_items (self->model);
  self->selected = self->wanted = G_MAXUINT;
  for (guint k = 0; k < self->items->len; k++) {
    guint position = scope_cell_item_get_position (self->items->pdata[k]);
    if (position != G_MAXUINT)
      show (self, self->items->pdata[k], position < self->count ? position : G_MAXUINT);
  }
  fill_soon (self);
  if (focused && gtk_widget_get_focus_child (GTK_WIDGET (self)) == NULL)
    scope_cell_grid_take_focus (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/* --- layout -------------------------------------------------------------------------------------
 */

/* What each of those that show something asks for, at most. */
static int
measure_cells (ScopeCellGrid *self, GtkOrientation orientation, int for_size)
{
  int most = 0, minimum;
  for (guint k = 0; k < self->items->len; k++) {
    GtkWidget *item = self->items->pdata[k];
    if (scope_cell_item_get_position (SCOPE_CELL_ITEM (item)) == G_MAXUINT)
      continue;
    gtk_widget_measure (item, orientation, for_size, &minimum, NULL, NULL, NULL);
    most = MAX (most, minimum);
  }
  return most;
}

static guint
columns_for (ScopeCellGrid *self, int width)
{
  return self->list || self->cell_width <= 0 ? 1 : (guint)MAX (width / self->cell_width, 1);
}

static void
scope_cell_grid_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  ScopeCellGrid *self = SCOPE_CELL_GRID (widget);
  self->cell_width = measure_cells (self, GTK_ORIENTATION_HORIZONTAL, -1);
  *minimum = *natural = self->cell_width;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    return;
  guint columns = for_size < 0 ? self->columns : columns_for (self, for_size);
  gint64 row = measure_cells (self, GTK_ORIENTATION_VERTICAL, -1);
  *minimum = (int)row;
  *natural = (int)MIN (row * ((self->count + columns - 1) / columns), G_MAXINT / 2);
}

/* Other columns, other heights: what was at the top stays there. Returns where that is. */
static double
set_geometry (ScopeCellGrid *self, guint columns, int row_height)
{
  double value = place (self) != NULL ? gtk_adjustment_get_value (place (self)) : 0;
  if (self->row_height > 0 && (columns != self->columns || row_height != self->row_height)) {
    double row = floor (value / self->row_height), part = value / self->row_height - row;
    value = (floor (row * self->columns / columns) + part) * row_height;
  }
  self->columns = columns;
  self->row_height = row_height;
  return value;
}

static void
configure (ScopeCellGrid *self, double value)
{
  GtkAdjustment *across = self->adjustment[GTK_ORIENTATION_HORIZONTAL];
  double all = MAX ((double)rows_of (self) * self->row_height, self->height);
  if (place (self) != NULL)
    gtk_adjustment_configure (place (self), CLAMP (value, 0, all - self->height), 0, all,
                              self->height * 0.1, self->height * 0.9, self->height);
  if (across != NULL)
    gtk_adjustment_configure (across, 0, 0, self->width, self->width * 0.1, self->width * 0.9,
                              self->width);
}

/* The nearest place from which the row at TOP is seen wholly. One below what is seen comes with a
 * whole row at the head of the list: where it is read from nothing is cut. */
static double
place_for (ScopeCellGrid *self, double top)
{
  double value = gtk_adjustment_get_value (place (self)), foot = top + self->row_height;
  if (top < value || self->row_height >= self->height)
    return top;
  if (foot <= value + self->height)
    return value;
  return ceil ((foot - self->height) / self->row_height) * self->row_height;
}

static void
scroll_to_wanted (ScopeCellGrid *self)
{
  if (self->wanted >= self->count || self->row_height <= 0 || place (self) == NULL)
    return;
  guint row = self->wanted / self->columns;
  double top = (double)row * self->row_height;
  if (!self->allocating) /* the list may have grown since the last layout */
    configure (self, gtk_adjustment_get_value (place (self)));
  gtk_adjustment_set_value (place (self), place_for (self, top));
  self->wanted = G_MAXUINT;
}

static void
allocate_item (ScopeCellGrid *self, ScopeCellItem *item)
{
  guint position = scope_cell_item_get_position (item);
  if (position >= self->count)
    return;
  gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  guint column = position % self->columns;
  int width = MAX (self->width / (int)self->columns, self->cell_width);
  int x = (int)(rtl ? self->columns - 1 - column : column) * width;
  gint64 y = (gint64)(position / self->columns) * self->row_height - scrolled (self);
  GtkAllocation box = { x, (int)CLAMP (y, G_MININT / 2, G_MAXINT / 2), width, self->row_height };
  gtk_widget_size_allocate (GTK_WIDGET (item), &box, -1);
}

/* Whether all that is in sight has its cell. */
static gboolean
is_filled (ScopeCellGrid *self)
{
  guint begin, end, there = 0;
  get_range (self, 0, &begin, &end);
  for (guint k = 0; k < self->items->len; k++) {
    guint position = scope_cell_item_get_position (self->items->pdata[k]);
    there += position >= begin && position < end;
  }
  return there == end - begin;
}

/* Wholly, as things were laid out last. */
static gboolean
selected_is_seen (ScopeCellGrid *self)
{
  if (self->selected >= self->count || self->row_height <= 0 || place (self) == NULL)
    return FALSE;
  guint row = self->selected / self->columns;
  double top = row * self->row_height - scrolled (self);
  return top >= 0 && top + self->row_height <= self->height;
}

static void
scope_cell_grid_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeCellGrid *self = SCOPE_CELL_GRID (widget);
  gboolean same = width == self->width && height == self->height;
  if (!same && self->wanted >= self->count && selected_is_seen (self))
    self->wanted = self->selected; /* it stays in sight where there is less room now */
  self->allocating = TRUE;
  self->width = width;
  self->height = height;
  self->cell_width = measure_cells (self, GTK_ORIENTATION_HORIZONTAL, -1);
  configure (self, set_geometry (self, columns_for (self, width),
                                 measure_cells (self, GTK_ORIENTATION_VERTICAL, -1)));
  scroll_to_wanted (self);
  for (guint k = 0; k < self->items->len; k++)
    allocate_item (self, self->items->pdata[k]);
  if (!same || !is_filled (self))
    fill_soon (self);
  self->allocating = FALSE;
}

/* --- scrolling ----------------------------------------------------------------------------------
 */

static void
scrolled_cb (ScopeCellGrid *self)
{
  fill_soon (self);
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
  if (item != NULL && !has_focus (self, item))
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
    scroll_to_wanted (self);
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
  get_range (self, 0, begin, end);
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
  g_signal_connect_object (model, "items-changed", G_CALLBACK (items_changed_cb), self,
                           G_CONNECT_SWAPPED);
  items_changed_cb (self);
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
    g_signal_handlers_disconnect_by_func (self->model, items_changed_cb, self);
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
