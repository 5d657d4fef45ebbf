#include "ui/export-dialog.h"

#include "base/error.h"
#include "ui/format.h"

typedef struct {
  GtkWindow *parent; /* weak */
  AdwToastOverlay *toasts;
  ScopeSession *session;
  ScopeExportView view;
  char *ending, *path;
  ScopeExportFailed failed;
  gpointer data;
} Export;

static void
export_free (Export *self)
{
  g_clear_weak_pointer (&self->parent);
  g_object_unref (self->session);
  g_free (self->ending);
  g_free (self->path);
  g_free (self);
}

void
scope_show_in_folder (GtkWindow *parent, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *uri = g_filename_to_uri (folder, NULL, NULL);
  if (uri != NULL)
    gtk_show_uri (parent, uri, GDK_CURRENT_TIME);
}

static void
written_cb (ScopeSession *session, const GError *error, gpointer data)
{
  Export *self = data;
  if (scope_error_is_cancelled (error)) {
    export_free (self);
    return;
  }
  if (self->parent != NULL && error != NULL) {
    self->failed (error->message, self->data);
  } else if (self->parent != NULL) {
    g_autofree char *name = g_path_get_basename (self->path);
    g_autofree char *title = g_strdup_printf ("Saved “%s”", name);
    g_autofree char *escaped = g_markup_escape_text (title, -1);
    AdwToast *toast = adw_toast_new (escaped);
    adw_toast_set_button_label (toast, "Show in _Folder");
    adw_toast_set_action_name (toast, "win.show-in-folder");
    adw_toast_set_action_target_value (toast, g_variant_new_bytestring (self->path));
    adw_toast_overlay_add_toast (self->toasts, toast);
  }
  export_free (self);
}

/* The ending that was asked for, if the user took it off. */
static char *
with_ending (const char *path, const char *ending)
{
  static const char *const known[] = { ".png", ".pdf", ".svg" };
  g_autofree char *lower = g_ascii_strdown (path, -1);
  for (guint k = 0; k < G_N_ELEMENTS (known); k++)
    if (g_str_has_suffix (lower, known[k]))
      return g_strdup (path);
  return g_strconcat (path, ".", ending, NULL);
}

static void
response_cb (GtkNativeDialog *dialog, int response, Export *self)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (response == GTK_RESPONSE_ACCEPT && path != NULL && self->parent != NULL) {
    self->path = with_ending (path, self->ending);
    scope_session_export (self->session, self->view, self->path, 0, written_cb, self);
  } else {
    export_free (self);
  }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static char *
suggested_name (ScopeSession *session, ScopeExportView view, const char *ending)
{
  ScopeModel *model = scope_session_get_model (session);
  const char *filter = scope_session_get_filter_on (session) ? "-longmamba" : "";
  if (view == SCOPE_EXPORT_DECAY)
    return g_strdup_printf ("%s-layer%" G_GSIZE_FORMAT "-decay%s.%s", scope_model_name (model),
                            scope_session_get_layer (session), filter, ending);
  return g_strdup_printf ("%s-layer%" G_GSIZE_FORMAT "-%s%" G_GSIZE_FORMAT "-map%s.%s",
                          scope_model_name (model), scope_session_get_layer (session),
                          scope_format_channel_noun (model), scope_session_get_channel (session),
                          filter, ending);
}

void
scope_export_dialog_run (GtkWindow *parent, AdwToastOverlay *toasts, ScopeSession *session,
                         ScopeExportView view, const char *ending, ScopeExportFailed failed,
                         gpointer data)
{
  Export *self = g_new0 (Export, 1);
  self->toasts = toasts;
  self->session = g_object_ref (session);
  self->view = view;
  self->ending = g_strdup (ending);
  self->failed = failed;
  self->data = data;
  g_set_weak_pointer (&self->parent, parent);
  g_autofree char *name = suggested_name (session, view, ending);
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      view == SCOPE_EXPORT_MAP ? "Export the Map" : "Export the Decay", parent,
      GTK_FILE_CHOOSER_ACTION_SAVE, "_Save", NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
