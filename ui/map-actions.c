/* The map's actions: of the cell under the crosshair, of the selection, of the colours. They are in
 * the menu, on keys, and reach the colour bar as the group "scale". */
#include "ui/map-view-private.h"

#include <math.h>

#include "ui/format.h"

#define EPSILON_STEP 1.2589254117941673 /* ten steps make a decade */

gboolean
scope_map_has_selection (ScopeMapView *self)
{
  return self->selection.row_begin < self->selection.row_end
         && self->selection.column_begin < self->selection.column_end;
}

void
scope_map_select (ScopeMapView *self, ScopeRange range)
{
  self->selection = range;
  scope_tiles_select (self->tiles, range);
  scope_map_actions_update (self);
  scope_map_describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
scope_map_select_to (ScopeMapView *self, ScopeMapCell cell)
{
  ScopeMapCell a = self->anchor;
  scope_map_select (self,
                    (ScopeRange){ MIN (a.row, cell.row), MAX (a.row, cell.row) + 1,
                                  MIN (a.column, cell.column), MAX (a.column, cell.column) + 1 });
}

void
scope_map_toggle_pin (ScopeMapView *self, ScopeMapCell cell)
{
  for (guint k = 0; k < self->pins->len; k++) {
    ScopeMapCell *pin = &g_array_index (self->pins, ScopeMapCell, k);
    if (pin->row == cell.row && pin->column == cell.column) {
      g_array_remove_index (self->pins, k);
      goto changed;
    }
  }
  if (self->pins->len >= SCOPE_MAP_MAX_PINS)
    g_array_remove_index (self->pins, 0);
  g_array_append_val (self->pins, cell);
changed:
  scope_map_history_touch (self, "map.pins");
  scope_map_actions_update (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- of a cell -----------------------------------------------------------------------------------
 */

static void
copy (ScopeMapView *self, const char *text)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

/* All the digits that it has. */
static void
copy_value_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  ScopeMapCell cell;
  double value;
  if (scope_map_view_get_cursor (self, &cell)
      && scope_session_cell (self->session, cell.row, cell.column, &value))
    copy (self, g_ascii_formatd (digits, sizeof digits, "%.9g", value));
}

static void
copy_cell_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  ScopeMapCell cell;
  if (!scope_map_view_get_cursor (self, &cell))
    return;
  g_autofree char *words = scope_map_view_describe_cell (self, cell.row, cell.column, FALSE);
  copy (self, words);
}

static void
pin_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  ScopeMapCell cell;
  if (scope_map_view_get_cursor (self, &cell))
    scope_map_toggle_pin (self, cell);
}

/* From the crosshair on; once more: as it is now. */
static void
select_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  ScopeMapCell cell;
  if (!scope_map_view_get_cursor (self, &cell))
    return;
  self->selecting = !self->selecting;
  if (!self->selecting)
    return;
  self->anchor = cell;
  scope_map_select_to (self, cell);
  scope_map_history_touch (self, "map.selection");
}

static void
clear_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  if (self->pins->len > 0)
    scope_map_history_touch (self, "map.pins");
  if (scope_map_has_selection (self))
    scope_map_history_touch (self, "map.selection");
  g_array_set_size (self->pins, 0);
  self->selecting = FALSE;
  scope_map_select (self, (ScopeRange){ 0 });
}

static void
zoom_to_selection_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  if (scope_map_has_selection (self))
    scope_map_view_show_range (self, self->selection);
}

static void
show_menu_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  const ScopeMapGeometry *g = &self->geometry;
  ScopeMapCell cell;
  double x = g->width / 2, y = g->height / 2;
  if (scope_map_view_get_cursor (self, &cell)) {
    x = CLAMP (scope_map_geometry_px (g, (double)cell.column + 0.5), 0, g->width);
    y = CLAMP (scope_map_geometry_py (g, (double)cell.row + 0.5), 0, g->height);
  }
  scope_map_show_menu (self, self->left + x, self->top + y);
}

/* --- of the colours ------------------------------------------------------------------------------
 */

static void
matrix_cb (GSimpleAction *action, GVariant *target, gpointer data)
{
  ScopeMapView *self = data;
  ScopeMatrixKind kind;
  if (self->session != NULL && scope_matrix_kind_parse (g_variant_get_string (target, NULL), &kind))
    scope_session_set_kind (self->session, kind);
}

static void
norm_cb (GSimpleAction *action, GVariant *target, gpointer data)
{
  ScopeMapView *self = data;
  ScopeNormKind kind;
  if (self->session != NULL && scope_norm_parse (g_variant_get_string (target, NULL), &kind))
    scope_session_set_norm (self->session, kind);
}

static void
palette_cb (GSimpleAction *action, GVariant *target, gpointer data)
{
  ScopeMapView *self = data;
  ScopePalette palette;
  if (self->session != NULL && scope_palette_parse (g_variant_get_string (target, NULL), &palette))
    scope_session_set_palette (self->session, palette);
}

static void
reduce_cb (GSimpleAction *action, GVariant *target, gpointer data)
{
  ScopeMapView *self = data;
  ScopeReduce reduce;
  if (self->session == NULL || !scope_reduce_parse (g_variant_get_string (target, NULL), &reduce))
    return;
  scope_tiles_set_reduce (self->tiles, reduce);
  scope_map_actions_update (self);
  scope_map_count_values (self);
  scope_map_history_touch (self, "map.reduce");
}

static void
reset_cb (GSimpleAction *action, GVariant *target, gpointer data)
{
  ScopeMapView *self = data;
  if (self->session == NULL || !scope_map_scale_set_range (&self->scale, NAN, NAN))
    return;
  scope_map_scale_changed (self);
  scope_map_history_touch (self, "map.range");
}

/* Of those that are made of the recurrence: an attention head has but one map. */
static gboolean
next_matrix_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeSession *session = SCOPE_MAP_VIEW (widget)->session;
  ScopeMatrixKind kind = session != NULL ? scope_session_get_kind (session) : SCOPE_MATRIX_SOFTMAX;
  if (kind == SCOPE_MATRIX_SOFTMAX)
    return FALSE;
  scope_session_set_kind (session, (kind + 1) % SCOPE_MATRIX_SOFTMAX);
  return TRUE;
}

static gboolean
next_norm_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeSession *session = SCOPE_MAP_VIEW (widget)->session;
  if (session != NULL)
    scope_session_set_norm (session, (scope_session_get_norm (session) + 1) % SCOPE_N_NORMS);
  return session != NULL;
}

static gboolean
next_palette_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeSession *session = SCOPE_MAP_VIEW (widget)->session;
  if (session != NULL)
    scope_session_set_palette (session,
                               (scope_session_get_palette (session) + 1) % SCOPE_N_PALETTES);
  return session != NULL;
}

/* ARGS is (steps). */
static gboolean
step_epsilon_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ScopeSession *session = SCOPE_MAP_VIEW (widget)->session;
  int steps;
  if (session == NULL)
    return FALSE;
  g_variant_get (args, "(i)", &steps);
  double epsilon = scope_session_get_epsilon (session) * pow (EPSILON_STEP, steps);
  scope_session_set_epsilon (session, CLAMP (epsilon, 1e-12, 1.0));
  return TRUE;
}

/* --- states --------------------------------------------------------------------------------------
 */

static void
set_state (ScopeMapView *self, const char *name, const char *value)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_string (value));
}

void
scope_map_actions_update (ScopeMapView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean selection = scope_map_has_selection (self);
  gtk_widget_action_set_enabled (widget, "map.zoom-to-selection", selection);
  gtk_widget_action_set_enabled (widget, "map.clear", selection || self->pins->len > 0);
  if (self->session == NULL)
    return;
  ScopeMatrixKind kind = scope_session_get_kind (self->session);
  GAction *matrix = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "matrix");
  g_simple_action_set_enabled (G_SIMPLE_ACTION (matrix), kind != SCOPE_MATRIX_SOFTMAX);
  set_state (self, "matrix", scope_matrix_kind_name (kind));
  set_state (self, "norm", scope_norm_name (scope_session_get_norm (self->session)));
  set_state (self, "palette", scope_palette_name (scope_session_get_palette (self->session)));
  set_state (self, "reduce", scope_reduce_name (scope_tiles_get_reduce (self->tiles)));
}

static void
append_choice (GMenu *menu, const char *label, const char *action, const char *target)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);
  g_menu_item_set_action_and_target (item, action, "s", target);
  g_menu_append_item (menu, item);
}

GMenuModel *
scope_map_scale_menu (void)
{
  static const char *const reduces[]
      = { "Signed mean", "Mean of absolute values", "Largest absolute value" };
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) matrix = g_menu_new ();
  g_autoptr (GMenu) norm = g_menu_new ();
  g_autoptr (GMenu) palette = g_menu_new ();
  g_autoptr (GMenu) reduce = g_menu_new ();
  g_autoptr (GMenu) rest = g_menu_new ();
  for (guint k = 0; k < SCOPE_MATRIX_SOFTMAX; k++)
    append_choice (matrix, scope_format_matrix (k), "scale.matrix", scope_matrix_kind_name (k));
  for (guint k = 0; k < SCOPE_N_NORMS; k++)
    append_choice (norm, scope_format_norm (k), "scale.norm", scope_norm_name (k));
  for (guint k = 0; k < SCOPE_N_PALETTES; k++)
    append_choice (palette, scope_format_palette (k), "scale.palette", scope_palette_name (k));
  for (guint k = 0; k <= SCOPE_REDUCE_ABSMAX; k++)
    append_choice (reduce, reduces[k], "scale.reduce", scope_reduce_name (k));
  g_menu_append (rest, "Reset the Range", "scale.reset");
  g_menu_append_section (menu, "Matrix", G_MENU_MODEL (matrix));
  g_menu_append_section (menu, "Norm", G_MENU_MODEL (norm));
  g_menu_append_section (menu, "Palette", G_MENU_MODEL (palette));
  g_menu_append_section (menu, "Each Block Shows", G_MENU_MODEL (reduce));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (rest));
  return G_MENU_MODEL (menu);
}

/* --- the menu ------------------------------------------------------------------------------------
 */

static GMenuModel *
cell_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) cell = g_menu_new ();
  g_autoptr (GMenu) look = g_menu_new ();
  g_menu_append (cell, "Copy _Value", "map.copy-value");
  g_menu_append (cell, "Copy _Cell", "map.copy-cell");
  g_menu_append (cell, "_Pin or Unpin", "map.pin");
  g_menu_append (look, "_Select from Here", "map.select");
  g_menu_append (look, "_Zoom to Selection", "map.zoom-to-selection");
  g_menu_append (look, "Clear _Marks", "map.clear");
  g_menu_append (look, "_Go to Cell…", "win.go-to");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (cell));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (look));
  return G_MENU_MODEL (menu);
}

void
scope_map_show_menu (ScopeMapView *self, double x, double y)
{
  ScopeMapCell cell;
  gboolean any = scope_map_view_get_cursor (self, &cell);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "map.copy-value", any);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "map.copy-cell", any);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "map.pin", any);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "map.select", any);
  if (self->menu == NULL) {
    g_autoptr (GMenuModel) model = cell_menu ();
    self->menu = gtk_popover_menu_new_from_model (model);
    gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
    gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
    gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
  }
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int)x, (int)y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

/* --- life ----------------------------------------------------------------------------------------
 */

void
scope_map_actions_class_init (GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name;
    GtkWidgetActionActivateFunc func;
  } actions[] = {
    { "map.copy-value", copy_value_cb },
    { "map.copy-cell", copy_cell_cb },
    { "map.pin", pin_cb },
    { "map.select", select_cb },
    { "map.clear", clear_cb },
    { "map.zoom-to-selection", zoom_to_selection_cb },
    { "map.menu", show_menu_cb },
  };
  static const struct {
    guint key;
    GdkModifierType modifiers;
    const char *action;
  } keys[] = {
    { GDK_KEY_c, GDK_CONTROL_MASK, "map.copy-value" },
    { GDK_KEY_KP_Enter, 0, "map.pin" },
    { GDK_KEY_Return, 0, "map.pin" },
    { GDK_KEY_Escape, 0, "map.clear" },
    { GDK_KEY_s, 0, "map.select" },
    { GDK_KEY_z, 0, "map.zoom-to-selection" },
    { GDK_KEY_Menu, 0, "map.menu" },
    { GDK_KEY_F10, GDK_SHIFT_MASK, "map.menu" },
  };
  for (guint k = 0; k < G_N_ELEMENTS (actions); k++)
    gtk_widget_class_install_action (widget_class, actions[k].name, NULL, actions[k].func);
  for (guint k = 0; k < G_N_ELEMENTS (keys); k++)
    gtk_widget_class_add_binding_action (widget_class, keys[k].key, keys[k].modifiers,
                                         keys[k].action, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_m, 0, next_matrix_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_n, 0, next_norm_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_p, 0, next_palette_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_bracketleft, 0, step_epsilon_cb, "(i)", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_bracketright, 0, step_epsilon_cb, "(i)", 1);
}

void
scope_map_actions_init (ScopeMapView *self)
{
  static const GActionEntry entries[] = {
    { "matrix", matrix_cb, "s", "'s6'", NULL },
    { "norm", norm_cb, "s", "'log'", NULL },
    { "palette", palette_cb, "s", "'viridis'", NULL },
    { "reduce", reduce_cb, "s", "'absmean'", NULL },
    { "reset", reset_cb, NULL, NULL, NULL },
  };
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "scale", G_ACTION_GROUP (self->actions));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "map.zoom-to-selection", FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "map.clear", FALSE);
}
