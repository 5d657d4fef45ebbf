#include "ui/open-menus.h"

#include "session/session-file.h"
#include "ui/chooser.h"
#include "ui/samples.h"

#define RECENT_MOST 6

/* --- recent --------------------------------------------------------------------------------------
 */

static const struct {
  char *group;
  const char *title, *action, *type;
} recents[SCOPE_N_RECENT] = {
  { "Mambascope models", "Recent", "win.open-recent-model", "inode/directory" },
  { "Mambascope texts", "Recent", "win.open-recent-text", "text/plain" },
  { "Mambascope sessions", "Recent Sessions", "win.open-recent-session",
    "application/x-mambascope-session" },
};

void
scope_recent_add (const char *path, ScopeRecentKind kind)
{
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  char *groups[] = { recents[kind].group, NULL };
  GtkRecentData data = {
    .mime_type = (char *)recents[kind].type,
    .app_name = "Mambascope",
    .app_exec = "mambascope %f",
    .groups = groups,
  };
  if (uri != NULL)
    gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri, &data);
}

static gboolean
is_ours (GtkRecentInfo *info)
{
  for (guint k = 0; k < SCOPE_N_RECENT; k++)
    if (gtk_recent_info_has_group (info, recents[k].group))
      return TRUE;
  return FALSE;
}

void
scope_recent_clear (void)
{
  GtkRecentManager *manager = gtk_recent_manager_get_default ();
  GList *items = gtk_recent_manager_get_items (manager);
  for (GList *item = items; item != NULL; item = item->next)
    if (is_ours (item->data))
      gtk_recent_manager_remove_item (manager, gtk_recent_info_get_uri (item->data), NULL);
  g_list_free_full (items, (GDestroyNotify)gtk_recent_info_unref);
}

static int
newest_first (gconstpointer a, gconstpointer b)
{
  GtkRecentInfo *p = *(GtkRecentInfo *const *)a, *q = *(GtkRecentInfo *const *)b;
  return g_date_time_compare (gtk_recent_info_get_modified (q), gtk_recent_info_get_modified (p));
}

static GPtrArray *
recent_of_group (const char *group)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify)gtk_recent_info_unref);
  GList *items = gtk_recent_manager_get_items (gtk_recent_manager_get_default ());
  for (GList *item = items; item != NULL; item = item->next)
    if (gtk_recent_info_has_group (item->data, group) && gtk_recent_info_exists (item->data))
      g_ptr_array_add (found, gtk_recent_info_ref (item->data));
  g_list_free_full (items, (GDestroyNotify)gtk_recent_info_unref);
  g_ptr_array_sort (found, newest_first);
  return found;
}

static void
append_item (GMenu *menu, const char *label, const char *action, GVariant *target)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (NULL, NULL);
  /* Underscores of file names are no mnemonics. */
  g_auto (GStrv) parts = g_strsplit (label, "_", -1);
  g_autofree char *escaped = g_strjoinv ("__", parts);
  g_menu_item_set_label (item, escaped);
  g_menu_item_set_action_and_target_value (item, action, target);
  g_menu_append_item (menu, item);
}

/* FALSE: there is none. */
static gboolean
append_recent (GMenu *menu, ScopeRecentKind kind)
{
  g_autoptr (GPtrArray) recent = recent_of_group (recents[kind].group);
  g_autoptr (GMenu) section = g_menu_new ();
  for (guint k = 0; k < MIN (recent->len, RECENT_MOST); k++) {
    const char *uri = gtk_recent_info_get_uri (recent->pdata[k]);
    g_autofree char *path = g_filename_from_uri (uri, NULL, NULL);
    g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
    if (name != NULL)
      append_item (section, name, recents[kind].action, g_variant_new_bytestring (path));
  }
  if (g_menu_model_get_n_items (G_MENU_MODEL (section)) == 0)
    return FALSE;
  g_menu_append_section (menu, recents[kind].title, G_MENU_MODEL (section));
  return TRUE;
}

static void
append_clear (GMenu *menu)
{
  g_autoptr (GMenu) section = g_menu_new ();
  g_menu_append (section, "_Clear Recent", "win.clear-recent");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
}

/* --- menus ---------------------------------------------------------------------------------------
 */

GMenuModel *
scope_open_menu_new (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) own = g_menu_new ();
  g_autoptr (GMenu) samples = g_menu_new ();
  g_menu_append (own, "_Model Folder…", "win.open-model");
  g_menu_append (own, "S_ession or Figure…", "win.open-session");
  g_menu_append (own, "_Start Page", "win.start-page");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (own));
  for (guint k = 0; k < scope_n_samples; k++)
    append_item (samples, scope_samples[k].title, "win.open-sample", g_variant_new_uint32 (k));
  g_menu_append_section (menu, "Samples", G_MENU_MODEL (samples));
  gboolean models = append_recent (menu, SCOPE_RECENT_MODEL);
  gboolean sessions = append_recent (menu, SCOPE_RECENT_SESSION);
  if (models || sessions)
    append_clear (menu);
  return G_MENU_MODEL (menu);
}

GMenuModel *
scope_text_menu_new (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) own = g_menu_new ();
  g_autoptr (GMenu) samples = g_menu_new ();
  g_menu_append (own, "_Text File…", "win.open-text");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (own));
  for (guint k = 0; k < scope_n_sample_texts; k++)
    append_item (samples, scope_sample_texts[k].title, "win.open-sample-text",
                 g_variant_new_uint32 (k));
  g_menu_append_section (menu, "Samples", G_MENU_MODEL (samples));
  if (append_recent (menu, SCOPE_RECENT_TEXT))
    append_clear (menu);
  return G_MENU_MODEL (menu);
}

/* --- choosers ------------------------------------------------------------------------------------
 */

typedef struct {
  ScopeChosen chosen;
  gpointer data;
  GDestroyNotify destroy;
} Choice;

static void
choice_free (Choice *self)
{
  if (self->destroy != NULL)
    self->destroy (self->data);
  g_free (self);
}

static void
response_cb (GtkNativeDialog *dialog, int response, Choice *choice)
{
  g_autofree char *path = scope_chooser_get_path (dialog, response);
  if (path != NULL)
    choice->chosen (path, choice->data);
  scope_chooser_end (dialog);
}

void
scope_dialog_follow (GtkWindow *dialog, GtkWindow *parent)
{
  g_signal_connect_object (parent, "unmap", G_CALLBACK (gtk_window_close), dialog,
                           G_CONNECT_SWAPPED);
}

/* Takes DIALOG over. */
static void
choose (GtkFileChooserNative *dialog, ScopeChosen chosen, gpointer data, GDestroyNotify destroy)
{
  Choice *choice = g_new (Choice, 1);
  *choice = (Choice){ chosen, data, destroy };
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), choice,
                         (GClosureNotify)(void (*) (void))choice_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
scope_choose_model (GtkWindow *parent, ScopeChosen chosen, gpointer data, GDestroyNotify destroy)
{
  choose (
      scope_chooser_new (parent, "Open a Model’s Folder", GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER),
      chosen, data, destroy);
}

void
scope_choose_text (GtkWindow *parent, ScopeChosen chosen, gpointer data, GDestroyNotify destroy)
{
  choose (scope_chooser_new (parent, "Open a Text", GTK_FILE_CHOOSER_ACTION_OPEN), chosen, data,
          destroy);
}

static void
add_filter (GtkFileChooserNative *dialog, const char *name, const char *const *patterns)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, name);
  for (guint k = 0; patterns[k] != NULL; k++)
    gtk_file_filter_add_pattern (filter, patterns[k]);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
}

void
scope_choose_session (GtkWindow *parent, ScopeChosen chosen, gpointer data, GDestroyNotify destroy)
{
  static const char any[] = "*" SCOPE_SESSION_FILE_ENDING;
  static const char *const both[] = { any, "*.png", "*.svg", "*.pdf", NULL };
  static const char *const sessions[] = { any, NULL };
  GtkFileChooserNative *dialog
      = scope_chooser_new (parent, "Open a Session or a Figure", GTK_FILE_CHOOSER_ACTION_OPEN);
  add_filter (dialog, "Sessions and figures", both);
  add_filter (dialog, "Sessions", sessions);
  choose (dialog, chosen, data, destroy);
}

void
scope_choose_session_to_save (GtkWindow *parent, const char *name, ScopeChosen chosen,
                              gpointer data, GDestroyNotify destroy)
{
  GtkFileChooserNative *dialog
      = scope_chooser_new (parent, "Save the Session", GTK_FILE_CHOOSER_ACTION_SAVE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  choose (dialog, chosen, data, destroy);
}
