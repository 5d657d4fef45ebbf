#include "ui/composer-row.h"

struct _ScopeComposerRow {
  AdwActionRow parent;
  guint index;
  gboolean last;
  GtkLabel *letter;
  GtkMenuButton *menu;
};

G_DEFINE_FINAL_TYPE (ScopeComposerRow, scope_composer_row, ADW_TYPE_ACTION_ROW)

static void
add_item (GMenu *menu, const char *label, const char *action, guint index)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);
  g_menu_item_set_action_and_target (item, action, "u", index);
  g_menu_append_item (menu, item);
}

static void
fill_menu (ScopeComposerRow *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  if (self->index > 0)
    add_item (menu, "Move _Up", "panels.up", self->index);
  if (!self->last)
    add_item (menu, "Move _Down", "panels.down", self->index);
  add_item (menu, "_Title…", "panels.name", self->index);
  add_item (menu, "_Remove", "panels.remove", self->index);
  gtk_menu_button_set_menu_model (self->menu, G_MENU_MODEL (menu));
}

void
scope_composer_row_show (ScopeComposerRow *self, const char *letter, const char *title,
                         const char *subtitle, gboolean last)
{
  g_return_if_fail (SCOPE_IS_COMPOSER_ROW (self));
  g_autofree char *name = g_markup_escape_text (title, -1);
  g_autofree char *below = g_markup_escape_text (subtitle, -1);
  /* libadwaita compares these with what it has. */
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), below);
  if (!g_str_equal (gtk_label_get_text (self->letter), letter))
    gtk_label_set_text (self->letter, letter);
  if (self->last != last) {
    self->last = last;
    fill_menu (self);
  }
}

static void
scope_composer_row_class_init (ScopeComposerRowClass *klass)
{
}

static void
scope_composer_row_init (ScopeComposerRow *self)
{
  GtkWidget *letter = gtk_label_new (NULL), *menu = gtk_menu_button_new ();
  self->letter = GTK_LABEL (letter);
  self->menu = GTK_MENU_BUTTON (menu);
  gtk_widget_add_css_class (letter, "heading");
  gtk_menu_button_set_icon_name (self->menu, "view-more-symbolic");
  gtk_widget_set_valign (menu, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (menu, "flat");
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), letter);
  adw_action_row_add_prefix (ADW_ACTION_ROW (self),
                             gtk_image_new_from_icon_name ("list-drag-handle-symbolic"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), menu);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), FALSE);
}

GtkWidget *
scope_composer_row_new (guint index)
{
  ScopeComposerRow *self = g_object_new (SCOPE_TYPE_COMPOSER_ROW, NULL);
  g_autofree char *spoken = g_strdup_printf ("Panel %u: move, name or remove", index + 1);
  self->index = index;
  fill_menu (self);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->menu), spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  spoken, -1);
  return GTK_WIDGET (self);
}
