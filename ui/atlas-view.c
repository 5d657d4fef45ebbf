#include "ui/atlas-view.h"

#include <adwaita.h>
#include <math.h>

#include "ui/atlas-cell.h"
#include "ui/cell-grid.h"
#include "ui/format.h"
#include "ui/layer-chart.h"
#include "ui/template.h"
#include "ui/tooltip.h"

#define CELL_SIZE     96
#define CELL_SIZE_MIN 64
#define CELL_SIZE_MAX 320

struct _ScopeAtlasView {
  GtkWidget parent;
  ScopeSession *session;
  ScopeAtlas *atlas;
  guint sight_source;
  guint shown;        /* index of the channel that was last brought into sight; G_MAXUINT: none */
  gboolean to_top;    /* another order was asked for: it begins at its beginning */
  gboolean following; /* widgets are being set to what the atlas says */
  guint cell_size;    /* that was chosen; 0: as large as all have room */
  guint shown_size;   /* of the pictures as they are */

  GtkDropDown *scope_choice, *sort_choice, *classes_choice;
  GtkToggleButton *direction;
  GtkScale *size_scale;
  ScopeLayerChart *chart;
  GtkLabel *facts, *method, *work_label;
  GtkWidget *work;
  GtkProgressBar *work_bar;
  GtkButton *stop_button, *resume_button;
  GtkStack *pages;
  GtkScrolledWindow *scroller;
  ScopeCellGrid *grid;
  AdwStatusPage *empty;
};

G_DEFINE_FINAL_TYPE (ScopeAtlasView, scope_atlas_view, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_CELL_SIZE, N_PROPS };
static GParamSpec *props[N_PROPS];

/* --- what is in sight ---------------------------------------------------------------------------
 */

static void
add_wanted (ScopeAtlasView *self, GArray *wanted, gint64 position, guint count)
{
  if (position < 0 || position >= count)
    return;
  g_autoptr (ScopeAtlasItem) item
      = g_list_model_get_item (G_LIST_MODEL (self->atlas), (guint)position);
  guint index = scope_atlas_item_get_index (item);
  g_array_append_val (wanted, index);
}

static void
resize_cell (gpointer cell, gpointer data)
{
  scope_atlas_cell_set_size (cell, (int)SCOPE_ATLAS_VIEW (data)->shown_size);
}

/* The largest size at which all have room at once, so that the few heads of a layer fill the view;
 * where there are too many, CELL_SIZE. */
static guint
fitting_size (ScopeAtlasView *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self->grid));
  int height = gtk_widget_get_height (GTK_WIDGET (self->grid)), wide, high;
  int count = (int)g_list_model_get_n_items (G_LIST_MODEL (self->atlas));
  scope_cell_grid_get_cell_size (self->grid, &wide, &high);
  wide -= (int)self->shown_size; /* what is around a picture */
  high -= (int)self->shown_size;
  for (int size = CELL_SIZE_MAX; size > CELL_SIZE && wide >= 0 && high >= 0; size -= 16) {
    int columns = MAX (width / (size + wide), 1);
    if ((count + columns - 1) / columns * (size + high) <= height)
      return (guint)size;
  }
  return CELL_SIZE;
}

static void
show_size (ScopeAtlasView *self)
{
  guint size = self->cell_size > 0 ? self->cell_size : fitting_size (self);
  if (size == self->shown_size)
    return;
  self->shown_size = size;
  self->following = TRUE;
  gtk_range_set_value (GTK_RANGE (self->size_scale), size);
  self->following = FALSE;
  scope_cell_grid_foreach (self->grid, resize_cell, self);
}

/* Wants the pictures of what is in sight or a screen away, those in the middle first. */
static gboolean
sight_cb (gpointer data)
{
  ScopeAtlasView *self = data;
  show_size (self);
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (guint));
  guint begin, end, count = g_list_model_get_n_items (G_LIST_MODEL (self->atlas));
  self->sight_source = 0;
  scope_cell_grid_get_sight (self->grid, &begin, &end);
  scope_session_set_sight (self->session, SCOPE_FIGURE_ATLAS, begin, MIN (end, count));
  gint64 middle = ((gint64)begin + end) / 2, reach = 3 * (gint64)(end - begin) / 2 + 1;
  for (gint64 k = 0; k < reach; k++) {
    add_wanted (self, wanted, middle + k, count);
    add_wanted (self, wanted, middle - 1 - k, count);
  }
  scope_atlas_want (self->atlas, (const guint *)wanted->data, wanted->len);
  return G_SOURCE_REMOVE;
}

/* Before the next frame is drawn, and after it was laid out. */
static void
look_again (ScopeAtlasView *self)
{
  if (self->sight_source == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->sight_source = g_idle_add_full (GDK_PRIORITY_REDRAW + 1, sight_cb, self, NULL);
}

/* --- cells --------------------------------------------------------------------------------------
 */

static GtkWidget *
make_cell (gpointer owner)
{
  ScopeAtlasView *self = owner;
  return scope_atlas_cell_new (self->atlas, self->session);
}

static void
bind_cell (GtkWidget *cell, gpointer item, gpointer owner)
{
  ScopeAtlasView *self = owner;
  scope_atlas_cell_set_size (SCOPE_ATLAS_CELL (cell), (int)self->shown_size);
  scope_atlas_cell_set_index (SCOPE_ATLAS_CELL (cell),
                              item != NULL ? scope_atlas_item_get_index (item) : G_MAXUINT);
}

static void
set_cell_size (ScopeAtlasView *self, guint size)
{
  size = size == 0 ? 0 : CLAMP (size, CELL_SIZE_MIN, CELL_SIZE_MAX);
  if (size == self->cell_size)
    return;
  self->cell_size = size;
  show_size (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CELL_SIZE]);
}

/* --- selection ----------------------------------------------------------------------------------
 */

static guint
index_at (ScopeAtlasView *self, guint position)
{
  g_autoptr (ScopeAtlasItem) item = g_list_model_get_item (G_LIST_MODEL (self->atlas), position);
  return item != NULL ? scope_atlas_item_get_index (item) : G_MAXUINT;
}

static void
selected_cb (ScopeAtlasView *self, guint position)
{
  self->shown = index_at (self, position); /* it is under the pointer or the keys */
  if (scope_atlas_get_sort (self->atlas) == SCOPE_ATLAS_BY_SIMILARITY)
    self->to_top = TRUE; /* what is most like it */
  scope_atlas_select (self->atlas, self->shown);
}

static void
activated_cb (ScopeAtlasView *self, guint position)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-view", "s", "map");
}

/* After every change of the order, too. */
static void
follow_selection (ScopeAtlasView *self)
{
  guint position = scope_atlas_get_selected (self->atlas), index = index_at (self, position);
  scope_cell_grid_set_selected (self->grid, position);
  if (self->to_top)
    scope_cell_grid_scroll_to (self->grid, 0);
  else if (index != G_MAXUINT && index != self->shown)
    scope_cell_grid_scroll_to (self->grid, position);
  self->to_top = FALSE;
  self->shown = index;
}

/* --- words --------------------------------------------------------------------------------------
 */

static char *
describe_pictures (ScopeAtlasView *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  gsize side = MIN (SCOPE_ATLAS_SIDE, tokens != NULL ? scope_tokens_count (tokens) : G_MAXSIZE);
  g_autoptr (GString) out = g_string_new (NULL);
  g_string_append_printf (out, "mean |α| of %" G_GSIZE_FORMAT " × %" G_GSIZE_FORMAT " blocks", side,
                          side);
  g_string_append (out, scope_atlas_get_exact (self->atlas) ? ", exact" : ", sampled");
  g_string_append_printf (out, "; each on its own scale, %d decades", SCOPE_ATLAS_DECADES);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
update_facts (ScopeAtlasView *self)
{
  guint count = g_list_model_get_n_items (G_LIST_MODEL (self->atlas));
  gsize total = scope_atlas_get_total (self->atlas);
  const char *noun = scope_format_channel_noun (scope_session_get_model (self->session));
  g_autofree char *shown = scope_format_count (count);
  g_autofree char *all = scope_format_count (total);
  g_autofree char *numbers = count == total ? g_strdup_printf ("%s %ss", all, noun)
                                            : g_strdup_printf ("%s of %s %ss", shown, all, noun);
  g_autofree char *pictures = describe_pictures (self);
  g_autofree char *text = g_strdup_printf ("%s · %s", numbers, pictures);
  gtk_label_set_text (self->facts, text);
  adw_status_page_set_title (self->empty, total == 0 ? "No Channels Yet" : "None of This Class");
  adw_status_page_set_description (self->empty, total == 0 ? "They come with a text."
                                                           : "Other classes have channels.");
  gtk_stack_set_visible_child_name (self->pages, count > 0 ? "grid" : "empty");
}

static void
update_work (ScopeAtlasView *self)
{
  double progress = scope_atlas_get_progress (self->atlas);
  g_autofree char *what = scope_atlas_describe_progress (self->atlas);
  gtk_widget_set_visible (self->work, what != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->resume_button), scope_atlas_is_stopped (self->atlas));
  if (what == NULL)
    return;
  gtk_label_set_text (self->work_label, what);
  gtk_progress_bar_set_fraction (self->work_bar, progress);
}

static void
refresh_cell (gpointer cell, gpointer data)
{
  scope_atlas_cell_refresh (cell);
}

static void
refreshed_cb (ScopeAtlasView *self)
{
  scope_cell_grid_foreach (self->grid, refresh_cell, NULL);
  update_facts (self);
  update_work (self);
  look_again (self);
}

/* --- controls -----------------------------------------------------------------------------------
 */

/* From the atlas to the widgets: undo moves them too. */
static void
follow_atlas (ScopeAtlasView *self)
{
  gboolean descending = scope_atlas_get_descending (self->atlas);
  gboolean model = scope_atlas_get_scope (self->atlas) == SCOPE_ATLAS_MODEL;
  self->following = TRUE;
  gtk_drop_down_set_selected (self->scope_choice, scope_atlas_get_scope (self->atlas));
  gtk_drop_down_set_selected (self->sort_choice, scope_atlas_get_sort (self->atlas));
  gtk_drop_down_set_selected (self->classes_choice, scope_atlas_get_classes (self->atlas));
  gtk_toggle_button_set_active (self->direction, descending);
  gtk_button_set_icon_name (GTK_BUTTON (self->direction), descending
                                                              ? "view-sort-descending-symbolic"
                                                              : "view-sort-ascending-symbolic");
  scope_set_tooltip (GTK_WIDGET (self->direction), descending ? "Largest first" : "Smallest first");
  gtk_widget_set_visible (GTK_WIDGET (self->chart), model);
  gtk_widget_set_visible (GTK_WIDGET (self->method),
                          scope_atlas_get_sort (self->atlas) == SCOPE_ATLAS_BY_SIMILARITY);
  self->following = FALSE;
}

/* Another list begins at its beginning. */
static void
order_changed_cb (ScopeAtlasView *self)
{
  follow_atlas (self);
  self->to_top = TRUE;
}

static void
chosen_cb (ScopeAtlasView *self)
{
  if (self->following || self->atlas == NULL)
    return;
  scope_atlas_set_scope (self->atlas, gtk_drop_down_get_selected (self->scope_choice));
  scope_atlas_set_sort (self->atlas, gtk_drop_down_get_selected (self->sort_choice));
  scope_atlas_set_classes (self->atlas, gtk_drop_down_get_selected (self->classes_choice));
  scope_atlas_set_descending (self->atlas, gtk_toggle_button_get_active (self->direction));
}

static void
resized_cb (ScopeAtlasView *self)
{
  if (!self->following)
    set_cell_size (self, (guint)lrint (gtk_range_get_value (GTK_RANGE (self->size_scale))));
}

static void
scope_atlas_view_map (GtkWidget *widget)
{
  ScopeAtlasView *self = SCOPE_ATLAS_VIEW (widget);
  GTK_WIDGET_CLASS (scope_atlas_view_parent_class)->map (widget);
  self->shown = G_MAXUINT;
  if (self->atlas != NULL)
    scope_atlas_set_active (self->atlas, TRUE);
  look_again (self);
}

static void
scope_atlas_view_unmap (GtkWidget *widget)
{
  ScopeAtlasView *self = SCOPE_ATLAS_VIEW (widget);
  g_clear_handle_id (&self->sight_source, g_source_remove);
  if (self->atlas != NULL)
    scope_atlas_set_active (self->atlas, FALSE);
  GTK_WIDGET_CLASS (scope_atlas_view_parent_class)->unmap (widget);
}

static gboolean
scope_atlas_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (SCOPE_ATLAS_VIEW (widget)->grid));
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
scope_atlas_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_uint (value, SCOPE_ATLAS_VIEW (object)->cell_size);
}

static void
scope_atlas_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  set_cell_size (SCOPE_ATLAS_VIEW (object), g_value_get_uint (value));
}

static void
scope_atlas_view_dispose (GObject *object)
{
  ScopeAtlasView *self = SCOPE_ATLAS_VIEW (object);
  g_clear_handle_id (&self->sight_source, g_source_remove);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_ATLAS_VIEW);
  g_clear_object (&self->atlas);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_atlas_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, scope_choice);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, sort_choice);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, classes_choice);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, direction);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, size_scale);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, chart);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, facts);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, method);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, work);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, work_label);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, work_bar);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, stop_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, resume_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, pages);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, scroller);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, grid);
  gtk_widget_class_bind_template_child (widget_class, ScopeAtlasView, empty);
}

static void
scope_atlas_view_class_init (ScopeAtlasViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->get_property = scope_atlas_view_get_property;
  object_class->set_property = scope_atlas_view_set_property;
  object_class->dispose = scope_atlas_view_dispose;
  widget_class->map = scope_atlas_view_map;
  widget_class->unmap = scope_atlas_view_unmap;
  widget_class->grab_focus = scope_atlas_view_grab_focus;
  props[PROP_CELL_SIZE]
      = g_param_spec_uint ("cell-size", NULL, NULL, 0, CELL_SIZE_MAX, 0,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
  g_type_ensure (SCOPE_TYPE_LAYER_CHART);
  g_type_ensure (SCOPE_TYPE_CELL_GRID);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/atlas-view.ui");
  bind_children (widget_class);
  gtk_widget_class_set_css_name (widget_class, "atlas-view");
}

static void
scope_atlas_view_init (ScopeAtlasView *self)
{
  self->shown_size = CELL_SIZE;
  self->shown = G_MAXUINT;
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
connect_controls (ScopeAtlasView *self)
{
  GObject *const choices[] = { G_OBJECT (self->scope_choice), G_OBJECT (self->sort_choice),
                               G_OBJECT (self->classes_choice) };
  for (guint k = 0; k < G_N_ELEMENTS (choices); k++)
    g_signal_connect_swapped (choices[k], "notify::selected", G_CALLBACK (chosen_cb), self);
  g_signal_connect_swapped (self->direction, "toggled", G_CALLBACK (chosen_cb), self);
  g_signal_connect_swapped (self->size_scale, "value-changed", G_CALLBACK (resized_cb), self);
  g_signal_connect_swapped (self->grid, "selected", G_CALLBACK (selected_cb), self);
  g_signal_connect_swapped (self->grid, "activated", G_CALLBACK (activated_cb), self);
  g_signal_connect_swapped (self->grid, "sight-changed", G_CALLBACK (look_again), self);
  GtkAdjustment *const rooms[] = { gtk_scrolled_window_get_hadjustment (self->scroller),
                                   gtk_scrolled_window_get_vadjustment (self->scroller) };
  for (guint k = 0; k < G_N_ELEMENTS (rooms); k++)
    g_signal_connect_swapped (rooms[k], "notify::page-size", G_CALLBACK (look_again), self);
  g_signal_connect_object (self->stop_button, "clicked", G_CALLBACK (scope_atlas_cancel),
                           self->atlas, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->resume_button, "clicked", G_CALLBACK (scope_atlas_resume),
                           self->atlas, G_CONNECT_SWAPPED);
}

static void
connect_atlas (ScopeAtlasView *self)
{
  static const char *const followed[]
      = { "notify::scope", "notify::sort", "notify::classes", "notify::descending" };
  for (guint k = 0; k < G_N_ELEMENTS (followed); k++)
    g_signal_connect_object (self->atlas, followed[k], G_CALLBACK (order_changed_cb), self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (self->atlas, "notify::progress", G_CALLBACK (update_work), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->atlas, "notify::selected", G_CALLBACK (follow_selection), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->atlas, "refreshed", G_CALLBACK (refreshed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "notify::palette", G_CALLBACK (refreshed_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
add_parameters (ScopeAtlasView *self)
{
  ScopeHistory *history = scope_session_get_history (self->session);
  GObject *atlas = G_OBJECT (self->atlas);
  scope_history_bind (history, atlas, "scope", "atlas.scope", "scope of the atlas");
  scope_history_bind (history, atlas, "sort", "atlas.sort", "order of the atlas");
  scope_history_bind (history, atlas, "descending", "atlas.descending", "direction of the atlas");
  scope_history_bind (history, atlas, "classes", "atlas.classes", "classes in the atlas");
  scope_history_bind (history, G_OBJECT (self), "cell-size", "atlas.cell-size",
                      "size of the pictures");
}

void
scope_atlas_view_set_session (ScopeAtlasView *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_ATLAS_VIEW (self) && self->session == NULL);
  static const ScopeCellMaker cells = { make_cell, bind_cell };
  self->session = g_object_ref (session);
  self->atlas = scope_atlas_new (session);
  scope_cell_grid_set_model (self->grid, G_LIST_MODEL (self->atlas), &cells, self);
  scope_layer_chart_set_atlas (self->chart, self->atlas, session);
  connect_atlas (self);
  follow_atlas (self);
  connect_controls (self);
  add_parameters (self);
  g_autofree char *method = g_strdup_printf (
      "Similarity: the cosine of these pictures at %d × %d blocks, with the selected one",
      SCOPE_ATLAS_SIGNATURE, SCOPE_ATLAS_SIGNATURE);
  gtk_label_set_text (self->method, method);
  scope_set_tooltip (GTK_WIDGET (self->method), method);
  update_facts (self);
}

ScopeAtlas *
scope_atlas_view_get_atlas (ScopeAtlasView *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS_VIEW (self), NULL);
  return self->atlas;
}
