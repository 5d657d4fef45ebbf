/* The view on screen: as a parameter of the history, and what chooses it where the tabs have no
 * room. */
#include "ui/window-private.h"

/* --- the view on screen as a parameter -----------------------------------------------------------
 */

static JsonNode *
get_view (gpointer window)
{
  const char *name = adw_view_stack_get_visible_child_name (SCOPE_WINDOW (window)->views);
  return json_node_init_string (json_node_alloc (), name != NULL ? name : "map");
}

static gboolean
set_view (gpointer window, JsonNode *value, GError **error)
{
  gboolean string
      = JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING;
  if (string && scope_window_show_view (window, json_node_get_string (value)))
    return TRUE;
  g_autofree char *names = scope_window_view_names (window);
  g_autofree char *expected = g_strconcat ("one of ", names, NULL);
  return scope_history_refuse (value, expected, error);
}

static void
view_shown_cb (ScopeWindow *self)
{
  scope_history_touch (scope_session_get_history (self->session), "window.view");
}

static void
add_parameter (ScopeWindow *self)
{
  static const ScopeParameter view = { "window.view", "view", NULL, get_view, set_view };
  scope_history_add (scope_session_get_history (self->session), G_OBJECT (self), &view);
  g_signal_connect_object (self->views, "notify::visible-child-name", G_CALLBACK (view_shown_cb),
                           self, G_CONNECT_SWAPPED);
}

/* --- tabs ----------------------------------------------------------------------------------------
 */

/* What stands for the tabs where they have no room. */
static GMenuModel *
view_menu (ScopeWindow *self)
{
  g_autoptr (GtkSelectionModel) pages = adw_view_stack_get_pages (self->views);
  GMenu *menu = g_menu_new ();
  for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (pages)); k++) {
    g_autoptr (AdwViewStackPage) page = g_list_model_get_item (G_LIST_MODEL (pages), k);
    g_autoptr (GMenuItem) item = g_menu_item_new (adw_view_stack_page_get_title (page), NULL);
    g_menu_item_set_action_and_target (item, "win.show-view", "s",
                                       adw_view_stack_page_get_name (page));
    g_menu_append_item (menu, item);
  }
  return G_MENU_MODEL (menu);
}

char *
scope_window_view_names (ScopeWindow *self)
{
  g_return_val_if_fail (SCOPE_IS_WINDOW (self), NULL);
  g_autoptr (GtkSelectionModel) pages = adw_view_stack_get_pages (self->views);
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (pages)); k++) {
    g_autoptr (AdwViewStackPage) page = g_list_model_get_item (G_LIST_MODEL (pages), k);
    g_string_append_printf (names, "%s%s", k > 0 ? ", " : "", adw_view_stack_page_get_name (page));
  }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* Tabs whose names would be cut give way to the menu. */
static void
keep_names_whole (GtkWidget *tabs)
{
  if (GTK_IS_LABEL (tabs))
    gtk_label_set_ellipsize (GTK_LABEL (tabs), PANGO_ELLIPSIZE_NONE);
  for (GtkWidget *child = gtk_widget_get_first_child (tabs); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    keep_names_whole (child);
}

static void
name_shown_cb (ScopeWindow *self)
{
  AdwViewStackPage *page
      = adw_view_stack_get_page (self->views, adw_view_stack_get_visible_child (self->views));
  gtk_menu_button_set_label (self->views_button, adw_view_stack_page_get_title (page));
}

void
scope_window_tabs_init (ScopeWindow *self)
{
  g_autoptr (GMenuModel) menu = view_menu (self);
  g_signal_connect_object (self->views, "notify::visible-child", G_CALLBACK (name_shown_cb), self,
                           G_CONNECT_SWAPPED);
  name_shown_cb (self);
  keep_names_whole (self->narrow_tabs);
  gtk_menu_button_set_menu_model (self->views_button, menu);
  add_parameter (self);
}
