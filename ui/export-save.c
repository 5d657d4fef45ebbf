#include "ui/export-save.h"

#include "base/error.h"
#include "ui/chooser.h"
#include "ui/open-menus.h"

typedef struct {
  GtkWindow *parent; /* weak */
  ScopePreview *preview;
  ScopeExportSettings *settings; /* PARENT's */
  GStrv files;
  ScopeExportSaved done;
  gpointer data;
} Save;

static void
save_free (Save *self)
{
  g_clear_weak_pointer (&self->parent);
  g_object_unref (self->preview);
  g_strfreev (self->files);
  g_free (self);
}

static void
finish (Save *self, gboolean written, const GError *error)
{
  if (self->parent != NULL)
    self->done (written ? self->files : NULL, error, self->data);
  save_free (self);
}

static void
written_cb (ScopePreview *preview, const GError *error, gpointer data)
{
  finish (data, error == NULL, scope_error_is_cancelled (error) ? NULL : error);
}

static void
write_files (Save *self)
{
  ScopePreviewFiles files = scope_export_settings_files (self->settings, self->files[0]);
  if (scope_preview_is_ready (self->preview))
    scope_preview_write (self->preview, &files, written_cb, self);
  else
    finish (self, FALSE, NULL);
}

/* --- what is overwritten
 * -------------------------------------------------------------------------- */

GPtrArray *
scope_export_clashes (GStrv files, const char *skip)
{
  GPtrArray *clashes = g_ptr_array_new ();
  for (char **file = files; *file != NULL; file++)
    if (g_strcmp0 (*file, skip) != 0 && g_file_test (*file, G_FILE_TEST_EXISTS))
      g_ptr_array_add (clashes, *file);
  g_ptr_array_add (clashes, NULL);
  return clashes;
}

static void
replace_response_cb (AdwMessageDialog *dialog, const char *response, Save *self)
{
  if (g_str_equal (response, "replace") && self->parent != NULL)
    write_files (self);
  else
    finish (self, FALSE, NULL);
}

static void
ask_to_replace (Save *self, GPtrArray *clashes)
{
  GString *names = g_string_new (NULL);
  for (guint k = 0; k + 1 < clashes->len; k++) {
    g_autofree char *name = g_path_get_basename (g_ptr_array_index (clashes, k));
    g_string_append_printf (names, "%s%s", k > 0 ? "\n" : "", name);
  }
  GtkWidget *dialog = adw_message_dialog_new (self->parent, "Replace What Is There?", NULL);
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  "These exist already and will be replaced:\n%s", names->str);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", "_Cancel", "replace",
                                    "_Replace", NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "replace",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (replace_response_cb), self);
  scope_dialog_follow (GTK_WINDOW (dialog), self->parent);
  gtk_window_present (GTK_WINDOW (dialog));
  g_string_free (names, TRUE);
}

/* --- where ---------------------------------------------------------------------------------------
 */

char *
scope_export_with_ending (const char *path, ScopeFileFormat format)
{
  g_autofree char *ending = format < SCOPE_N_PICTURES
                                ? g_strconcat (".", scope_file_ending (format), NULL)
                                : g_strdup ("");
  g_autofree char *lower = g_ascii_strdown (path, -1);
  return g_str_has_suffix (lower, ending) ? g_strdup (path) : g_strconcat (path, ending, NULL);
}

/* The chooser asked about the name that it was given, and about no other. */
static void
take_path (Save *self, const char *chosen)
{
  ScopeFileFormat format = scope_preview_get_format (self->preview);
  g_autofree char *path = scope_export_with_ending (chosen, format);
  const ScopePreviewFiles files = scope_export_settings_files (self->settings, path);
  self->files = scope_preview_list_files (self->preview, &files);
  g_autoptr (GPtrArray) clashes
      = scope_export_clashes (self->files, format < SCOPE_N_PICTURES ? chosen : NULL);
  if (clashes->len > 1)
    ask_to_replace (self, clashes);
  else
    write_files (self);
}

static void
response_cb (GtkNativeDialog *dialog, int response, Save *self)
{
  g_autofree char *path = scope_chooser_get_path (dialog, response);
  if (self->parent != NULL && !gtk_widget_get_mapped (GTK_WIDGET (self->parent)))
    g_clear_weak_pointer (&self->parent); /* it went, and took the chooser along: nobody is told */
  if (path != NULL && self->parent != NULL)
    take_path (self, path);
  else
    finish (self, FALSE, NULL);
  scope_chooser_end (dialog);
}

void
scope_export_save (GtkWindow *parent, ScopePreview *preview, ScopeExportSettings *settings,
                   const char *name, ScopeExportSaved done, gpointer data)
{
  ScopeFileFormat format = scope_preview_get_format (preview);
  Save *self = g_new0 (Save, 1);
  self->preview = g_object_ref (preview);
  self->settings = settings;
  self->done = done;
  self->data = data;
  g_set_weak_pointer (&self->parent, parent);
  g_autofree char *suggested = format < SCOPE_N_PICTURES ? scope_export_with_ending (name, format)
                                                         : g_strconcat (name, "-data", NULL);
  GtkFileChooserNative *dialog = scope_chooser_new (
      parent, format < SCOPE_N_PICTURES ? "Export the Figure" : "Export the Data into a Folder",
      GTK_FILE_CHOOSER_ACTION_SAVE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), suggested);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
