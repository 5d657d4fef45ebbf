#include "ui/open-menus.h"

#include "ui/samples.h"

#define GROUP_MODEL "Mambascope models"
#define GROUP_TEXT  "Mambascope texts"
#define RECENT_MOST 6

/* --- recent --------------------------------------------------------------------------------------
 */

void
scope_recent_add (const char *path, gboolean is_model)
{
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  char *groups[] = { is_model ? GROUP_MODEL : GROUP_TEXT, NULL };
  GtkRecentData data = {
    .mime_type = is_model ? "inode/directory" : "text/plain",
    .app_name = "Mambascope",
    .app_exec = "mambascope %f",
    .groups = groups,
  };
  if (uri != NULL)
    gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri, &data);
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

static void
append_recent (GMenu *menu, const char *group, const char *action)
{
  g_autoptr (GPtrArray) recent = recent_of_group (group);
  g_autoptr (GMenu) section = g_menu_new ();
  for (guint k = 0; k < MIN (recent->len, RECENT_MOST); k++) {
    const char *uri = gtk_recent_info_get_uri (recent->pdata[k]);
    g_autofree char *path = g_filename_from_uri (uri, NULL, NULL);
    g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
    if (name != NULL)
      append_item (section, name, action, g_variant_new_bytestring (path));
  }
  if (g_menu_model_get_n_items (G_MENU_MODEL (section)) > 0)
    g_menu_append_section (menu, "Recent", G_MENU_MODEL (section));
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
  g_menu_append (own, "_Start Page", "win.start-page");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (own));
  for (guint k = 0; k < scope_n_samples; k++)
    append_item (samples, scope_samples[k].title, "win.open-sample", g_variant_new_uint32 (k));
  g_menu_append_section (menu, "Samples", G_MENU_MODEL (samples));
  append_recent (menu, GROUP_MODEL, "win.open-recent-model");
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
  append_recent (menu, GROUP_TEXT, "win.open-recent-text");
  return G_MENU_MODEL (menu);
}

/* --- choosers ------------------------------------------------------------------------------------
 */

typedef struct {
  ScopeChosen chosen;
  gpointer data;
} Choice;

static void
response_cb (GtkNativeDialog *dialog, int response, Choice *choice)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
    g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
    if (path != NULL)
      choice->chosen (path, choice->data);
  }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
choose (GtkWindow *parent, const char *title, GtkFileChooserAction action, ScopeChosen chosen,
        gpointer data)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (title, parent, action, "_Open", NULL);
  Choice *choice = g_new (Choice, 1);
  *choice = (Choice){ chosen, data };
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), choice,
                         (GClosureNotify)(void (*) (void))g_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
scope_choose_model (GtkWindow *parent, ScopeChosen chosen, gpointer data)
{
  choose (parent, "Open a Model’s Folder", GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, chosen, data);
}

void
scope_choose_text (GtkWindow *parent, ScopeChosen chosen, gpointer data)
{
  choose (parent, "Open a Text", GTK_FILE_CHOOSER_ACTION_OPEN, chosen, data);
}
