#include "ui/composer-panels.h"

#include <string.h>

#include "ui/composer-row.h"
#include "ui/open-menus.h"

#define USUAL_COLUMNS 3 /* of a figure whose recipe does not say */
#define MOST_COLUMNS  8

struct _ScopeComposerPanels {
  AdwBin parent;
  ScopePreview *preview;
  gboolean filling;
  GtkListBox *list;
  GtkWidget *columns_row;
  GtkSpinButton *columns;
};

G_DEFINE_FINAL_TYPE (ScopeComposerPanels, scope_composer_panels, ADW_TYPE_BIN)

static gsize
count_panels (ScopeComposerPanels *self)
{
  return scope_recipe_panels (scope_preview_get_recipe (self->preview));
}

/* --- changes -------------------------------------------------------------------------------------
 */

static void
focus_row (ScopeComposerPanels *self, int index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, MAX (index, 0));
  if (row != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (row));
}

static void
move_panel (ScopeComposerPanels *self, gsize from, gsize to)
{
  gsize count = count_panels (self);
  if (from >= count || to >= count || from == to)
    return;
  scope_recipe_move_panel (scope_preview_begin (self->preview, NULL), from, to);
  scope_preview_changed (self->preview);
  focus_row (self, (int)to);
}

static void
up_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  gsize index = g_variant_get_uint32 (target);
  if (index > 0)
    move_panel (SCOPE_COMPOSER_PANELS (widget), index, index - 1);
}

static void
down_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  gsize index = g_variant_get_uint32 (target);
  move_panel (SCOPE_COMPOSER_PANELS (widget), index, index + 1);
}

static void
remove_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  ScopeComposerPanels *self = SCOPE_COMPOSER_PANELS (widget);
  gsize index = g_variant_get_uint32 (target);
  if (index >= count_panels (self))
    return;
  scope_recipe_remove_panel (scope_preview_begin (self->preview, NULL), index);
  scope_preview_changed (self->preview);
  focus_row (self, (int)MIN (index, count_panels (self)) - (index == count_panels (self)));
}

typedef struct {
  ScopeComposerPanels *panels; /* weak */
  gsize index;
  GtkWidget *entry;
} Naming;

static void
named_cb (AdwMessageDialog *dialog, const char *response, Naming *naming)
{
  ScopeComposerPanels *self = naming->panels;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (naming->entry));
  if (self != NULL && g_str_equal (response, "name") && naming->index < count_panels (self)) {
    scope_recipe_set_panel_title (scope_preview_begin (self->preview, NULL), naming->index,
                                  *text != '\0' ? text : NULL);
    scope_preview_changed (self->preview);
  }
  g_clear_weak_pointer (&naming->panels);
  g_free (naming);
}

static void
name_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  ScopeComposerPanels *self = SCOPE_COMPOSER_PANELS (widget);
  gsize index = g_variant_get_uint32 (target);
  if (index >= count_panels (self))
    return;
  const char *title = scope_recipe_panel_title (scope_preview_get_recipe (self->preview), index);
  Naming *naming = g_new0 (Naming, 1);
  GtkWidget *dialog
      = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)), "Title of the Panel",
                                "Empty: what the analysis calls it.");
  naming->entry = gtk_entry_new ();
  naming->index = index;
  g_set_weak_pointer (&naming->panels, self);
  gtk_editable_set_text (GTK_EDITABLE (naming->entry), title != NULL ? title : "");
  gtk_entry_set_activates_default (GTK_ENTRY (naming->entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (naming->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Title of the panel", -1);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), naming->entry);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", "_Cancel", "name",
                                    "_Set", NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "name");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (named_cb), naming);
  scope_dialog_follow (GTK_WINDOW (dialog), gtk_window_get_transient_for (GTK_WINDOW (dialog)));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
columns_cb (ScopeComposerPanels *self)
{
  static const char topic[] = "columns";
  if (self->filling)
    return;
  scope_recipe_set_columns (scope_preview_begin (self->preview, topic),
                            (guint)gtk_spin_button_get_value_as_int (self->columns));
  scope_preview_changed (self->preview);
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
        ScopeComposerPanels *self)
{
  GtkWidget *row = gtk_widget_get_focus_child (GTK_WIDGET (self->list));
  gboolean alt = (state & gtk_accelerator_get_default_mod_mask ()) == GDK_ALT_MASK;
  if (row == NULL)
    return FALSE;
  guint index = (guint)gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row));
  const char *action = alt && key == GDK_KEY_Up     ? "panels.up"
                       : alt && key == GDK_KEY_Down ? "panels.down"
                       : key == GDK_KEY_Delete      ? "panels.remove"
                       : key == GDK_KEY_F2          ? "panels.name"
                                                    : NULL;
  return action != NULL && gtk_widget_activate_action (GTK_WIDGET (self), action, "u", index);
}

/* --- dragging ------------------------------------------------------------------------------------
 */

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, GtkListBoxRow *row)
{
  return gdk_content_provider_new_typed (G_TYPE_UINT, (guint)gtk_list_box_row_get_index (row));
}

static void
begin_cb (GtkDragSource *source, GdkDrag *drag, GtkWidget *row)
{
  g_autoptr (GdkPaintable) picture = gtk_widget_paintable_new (row);
  gtk_drag_source_set_icon (source, picture, 12, 12);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, GtkListBoxRow *row)
{
  GtkWidget *panels = gtk_widget_get_ancestor (GTK_WIDGET (row), SCOPE_TYPE_COMPOSER_PANELS);
  if (panels == NULL)
    return FALSE;
  move_panel (SCOPE_COMPOSER_PANELS (panels), g_value_get_uint (value),
              (gsize)gtk_list_box_row_get_index (row));
  return TRUE;
}

static void
make_draggable (GtkWidget *row)
{
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_UINT, GDK_ACTION_MOVE);
  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), row);
  g_signal_connect (source, "drag-begin", G_CALLBACK (begin_cb), row);
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), row);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (source));
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (target));
}

/* --- rows ----------------------------------------------------------------------------------------
 */

/* "a", "b", … as the figure has them; "·" where it prints none. */
static void
row_letter (const ScopeRecipe *recipe, guint index, char out[8])
{
  char first = scope_recipe_style ((ScopeRecipe *)recipe)->label;
  guint begin = first >= 'a' ? (guint)(first - 'a') : 0;
  if (first == '-')
    g_strlcpy (out, "·", 8);
  else
    g_snprintf (out, 8, "%c", (char)('a' + (index + begin) % 26));
}

/* What the figure calls it, once there is one, which knows whether it is a head. */
static char *
row_words (ScopeComposerPanels *self, const ScopeRecipe *recipe, guint index)
{
  ScopeFigure *figure
      = scope_preview_is_ready (self->preview) ? scope_preview_get_figure (self->preview) : NULL;
  char *words = scope_recipe_panel_words (recipe, index);
  if (figure == NULL || index >= scope_figure_panels (figure))
    return words;
  g_autofree char *kind = g_strndup (words, strcspn (words, ","));
  g_free (words);
  return g_strdup_printf ("%s, %s", kind, scope_figure_panel (figure, index)->title);
}

static void
show_row (ScopeComposerPanels *self, const ScopeRecipe *recipe, guint index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, (int)index);
  const char *title = scope_recipe_panel_title (recipe, index);
  g_autofree char *words = row_words (self, recipe, index);
  g_autofree char *source = scope_recipe_panel_source (recipe, index);
  g_autofree char *below
      = title != NULL ? g_strdup_printf ("%s\n%s", words, source) : g_strdup (source);
  char letter[8];
  row_letter (recipe, index, letter);
  scope_composer_row_show (SCOPE_COMPOSER_ROW (row), letter, title != NULL ? title : words, below,
                           index + 1 == scope_recipe_panels (recipe));
}

/* As many rows as panels: those that are there stay, with the focus and an open menu. */
static void
fit_rows (ScopeComposerPanels *self, guint count)
{
  GtkListBoxRow *surplus;
  while ((surplus = gtk_list_box_get_row_at_index (self->list, (int)count)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (surplus));
  for (guint k = 0; k < count; k++)
    if (gtk_list_box_get_row_at_index (self->list, (int)k) == NULL) {
      GtkWidget *row = scope_composer_row_new (k);
      make_draggable (row);
      gtk_list_box_append (self->list, row);
    }
}

static void
fill_columns (ScopeComposerPanels *self, const ScopeRecipe *recipe)
{
  gsize count = scope_recipe_panels (recipe);
  guint columns = scope_recipe_columns (recipe);
  if (columns == 0)
    columns = (guint)CLAMP (count, 1, USUAL_COLUMNS);
  gsize rows = (count + columns - 1) / columns;
  g_autofree char *grid = g_strdup_printf ("%" G_GSIZE_FORMAT " row%s, filled from the left", rows,
                                           rows == 1 ? "" : "s");
  gtk_spin_button_set_value (self->columns, columns);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->columns_row), grid);
}

static void
fill (ScopeComposerPanels *self)
{
  const ScopeRecipe *recipe = scope_preview_get_recipe (self->preview);
  guint count = (guint)scope_recipe_panels (recipe);
  self->filling = TRUE;
  fit_rows (self, count);
  for (guint k = 0; k < count; k++)
    show_row (self, recipe, k);
  fill_columns (self, recipe);
  gtk_widget_set_visible (GTK_WIDGET (self), !scope_recipe_is_empty (recipe));
  self->filling = FALSE;
}

/* --- GObject -------------------------------------------------------------------------------------
 */

static void
scope_composer_panels_dispose (GObject *object)
{
  g_clear_object (&SCOPE_COMPOSER_PANELS (object)->preview);
  G_OBJECT_CLASS (scope_composer_panels_parent_class)->dispose (object);
}

static void
scope_composer_panels_class_init (ScopeComposerPanelsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_composer_panels_dispose;
  gtk_widget_class_install_action (widget_class, "panels.up", "u", up_cb);
  gtk_widget_class_install_action (widget_class, "panels.down", "u", down_cb);
  gtk_widget_class_install_action (widget_class, "panels.remove", "u", remove_cb);
  gtk_widget_class_install_action (widget_class, "panels.name", "u", name_cb);
}

static void
add_columns_row (ScopeComposerPanels *self)
{
  self->columns = GTK_SPIN_BUTTON (gtk_spin_button_new_with_range (1, MOST_COLUMNS, 1));
  self->columns_row = adw_action_row_new ();
  gtk_widget_set_valign (GTK_WIDGET (self->columns), GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->columns), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Columns", -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->columns_row), "Columns");
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->columns_row), GTK_WIDGET (self->columns));
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (self->columns_row),
                                         GTK_WIDGET (self->columns));
  g_signal_connect_swapped (self->columns, "value-changed", G_CALLBACK (columns_cb), self);
}

static void
scope_composer_panels_init (ScopeComposerPanels *self)
{
  GtkWidget *group = adw_preferences_group_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Panels; Alt with an arrow moves one", -1);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), "Panels");
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list), keys);
  add_columns_row (self);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *grid = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (grid), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (grid, "boxed-list");
  gtk_list_box_append (GTK_LIST_BOX (grid), self->columns_row);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->list));
  gtk_box_append (GTK_BOX (box), grid);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), box);
  adw_bin_set_child (ADW_BIN (self), group);
}

GtkWidget *
scope_composer_panels_new (ScopePreview *preview)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (preview), NULL);
  ScopeComposerPanels *self = g_object_new (SCOPE_TYPE_COMPOSER_PANELS, NULL);
  self->preview = g_object_ref (preview);
  g_signal_connect_object (preview, "notify::recipe", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (preview, "notify::figure", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  fill (self);
  return GTK_WIDGET (self);
}
