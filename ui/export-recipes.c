/* Recipes: opened and saved from the window of a figure, and dropped on it. */
#include "ui/export-window-private.h"

#include <string.h>

#include "base/file.h"
#include "export/living.h"
#include "ui/chooser.h"

#define RECIPE_LIMIT ((gsize)16 << 20)

/* The recipe of a file, or inside a figure. */
static ScopeRecipe *
read_recipe (const char *path, GError **error)
{
  g_autoptr (GHashTable) said = NULL;
  g_autofree char *text = NULL;
  const char *json;
  gsize length;
  if (scope_living_is_figure (path)) {
    said = scope_living_read (path, error);
    json = said != NULL ? g_hash_table_lookup (said, "recipe") : NULL;
    length = json != NULL ? strlen (json) : 0;
  } else {
    json = text = scope_file_read (path, RECIPE_LIMIT, &length, error);
  }
  ScopeRecipe *recipe = json != NULL ? scope_recipe_parse (json, length, path, error) : NULL;
  if (recipe == NULL)
    return NULL;
  g_autofree char *folder = g_path_get_dirname (path);
  scope_recipe_find_files (recipe, folder);
  return recipe;
}

static void
open_recipe (ScopeExportWindow *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  ScopeRecipe *recipe = read_recipe (path, &error);
  if (recipe != NULL)
    scope_preview_replace (self->preview, recipe);
  else
    scope_export_window_show_error (self, error->message, FALSE);
}

static void
save_recipe (ScopeExportWindow *self, const char *chosen)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = scope_recipe_to_json (scope_preview_get_recipe (self->preview));
  g_autofree char *lines = g_strconcat (json, "\n", NULL);
  char *files[] = { (char *)chosen, NULL };
  if (scope_file_write (chosen, lines, strlen (lines), &error))
    scope_export_window_saved_toast (self, files);
  else
    scope_export_window_show_error (self, error->message, FALSE);
}

typedef void (*PathFunc) (ScopeExportWindow *self, const char *path);

static void
path_response_cb (GtkNativeDialog *dialog, int response, ScopeExportWindow *self)
{
  g_autofree char *path = scope_chooser_get_path (dialog, response);
  PathFunc func = (PathFunc)g_object_get_data (G_OBJECT (dialog), "scope-func");
  if (path != NULL)
    func (self, path);
  scope_chooser_end (dialog);
}

static GtkFileChooser *
choose (ScopeExportWindow *self, const char *title, GtkFileChooserAction action, PathFunc func)
{
  GtkFileChooserNative *dialog = scope_chooser_new (GTK_WINDOW (self), title, action);
  g_object_set_data (G_OBJECT (dialog), "scope-func", (gpointer)func);
  g_signal_connect_object (dialog, "response", G_CALLBACK (path_response_cb), self, 0);
  return GTK_FILE_CHOOSER (dialog);
}

void
scope_export_window_open_recipe_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  GtkFileChooser *dialog = choose (SCOPE_EXPORT_WINDOW (widget), "Open a Recipe or a Figure",
                                   GTK_FILE_CHOOSER_ACTION_OPEN, open_recipe);
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  static const char *const endings[] = { "json", "png", "pdf", "svg" };
  gtk_file_filter_set_name (filter, "Recipes, and figures that hold one");
  for (guint k = 0; k < G_N_ELEMENTS (endings); k++)
    gtk_file_filter_add_suffix (filter, endings[k]);
  gtk_file_chooser_add_filter (dialog, filter);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
scope_export_window_save_recipe_cb (GtkWidget *widget, const char *action, GVariant *target)
{
  GtkFileChooser *dialog = choose (SCOPE_EXPORT_WINDOW (widget), "Save the Recipe",
                                   GTK_FILE_CHOOSER_ACTION_SAVE, save_recipe);
  gtk_file_chooser_set_current_name (dialog, "figure.json");
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

gboolean
scope_export_window_dropped_cb (GtkDropTarget *target, const GValue *value, double x, double y,
                                ScopeExportWindow *self)
{
  g_autoptr (GSList) files = gdk_file_list_get_files (g_value_get_boxed (value));
  g_autofree char *path = files != NULL ? g_file_get_path (files->data) : NULL;
  if (path == NULL)
    return FALSE;
  open_recipe (self, path);
  return TRUE;
}
