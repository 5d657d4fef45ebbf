/* What the window opens and keeps: models, texts, sessions and figures, chosen, dropped or named on
 * the command line; and the last session, for the next start. */
#include "ui/window-private.h"

#include <string.h>

#include "export/living.h"
#include "model/checkpoint.h"
#include "session/session-keep.h"
#include "ui/open-menus.h"
#include "ui/restore.h"
#include "ui/toasts.h"

void
scope_window_open (ScopeWindow *self, const char *model_folder, const char *text_path)
{
  g_return_if_fail (SCOPE_IS_WINDOW (self));
  scope_window_hide_error (self);
  scope_recent_add (model_folder, SCOPE_RECENT_MODEL);
  if (text_path != NULL)
    scope_recent_add (text_path, SCOPE_RECENT_TEXT);
  g_clear_pointer (&self->session_path, g_free);
  scope_session_open (self->session, model_folder, text_path);
  scope_window_show_work (self);
}

void
scope_window_open_text (ScopeWindow *self, const char *path)
{
  scope_window_hide_error (self);
  scope_recent_add (path, SCOPE_RECENT_TEXT);
  scope_session_open_text (self->session, path);
}

/* --- sessions -----------------------------------------------------------------------------------
 */

/* What a session names has moved: the user may say where it is now. */
typedef struct {
  ScopeWindow *window;
  ScopeSessionFile *file;
  char *path;     /* of the session, or NULL: the last one */
  gboolean model; /* it is the model that is missing */
} Lost;

static void restore_file (ScopeWindow *self, ScopeSessionFile *file, const char *path);

static void
lost_free (Lost *self)
{
  g_clear_pointer (&self->file, scope_session_file_free);
  g_object_unref (self->window);
  g_free (self->path);
  g_free (self);
}

static void
found_cb (const char *path, gpointer data)
{
  Lost *lost = data;
  ScopeSessionFileSource *source = lost->model ? &lost->file->model : &lost->file->text;
  g_free (source->path);
  source->path = g_strdup (path);
  restore_file (lost->window, g_steal_pointer (&lost->file), lost->path);
}

static void
lost_response_cb (AdwMessageDialog *dialog, const char *response, Lost *lost)
{
  if (!g_str_equal (response, "choose")) {
    lost_free (lost);
    return;
  }
  GtkWindow *window = GTK_WINDOW (lost->window);
  if (lost->model)
    scope_choose_model (window, found_cb, lost, (GDestroyNotify)lost_free);
  else
    scope_choose_text (window, found_cb, lost, (GDestroyNotify)lost_free);
}

/* Takes FILE over. */
static void
ask_for_lost (ScopeWindow *self, ScopeSessionFile *file, const char *path, gboolean model)
{
  const char *missing = model ? file->model.path : file->text.path;
  g_autofree char *session = g_path_get_basename (path != NULL ? path : file->name);
  Lost *lost = g_new (Lost, 1);
  *lost = (Lost){ g_object_ref (self), file, g_strdup (path), model };
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self),
                                              model ? "Model Not Found" : "Text Not Found", NULL);
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  "%s was saved with %s, which is not there any more.", session,
                                  missing);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", "_Cancel", "choose",
                                    model ? "Choose Another _Model…" : "Choose Another _Text…",
                                    NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "choose",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "choose");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (lost_response_cb), lost);
  scope_dialog_follow (GTK_WINDOW (dialog), GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (dialog));
}

/* Takes FILE over. */
static void
restore_file (ScopeWindow *self, ScopeSessionFile *file, const char *path)
{
  if (!scope_session_file_exists (file->model.path)) {
    ask_for_lost (self, file, path, TRUE);
    return;
  }
  if (file->text.path != NULL && !scope_session_file_exists (file->text.path)) {
    ask_for_lost (self, file, path, FALSE);
    return;
  }
  scope_window_hide_error (self);
  g_free (self->session_path);
  self->session_path = g_strdup (path);
  scope_session_restore (self->session, file);
  scope_session_file_free (file);
  scope_window_show_work (self);
}

void
scope_window_restore_file (ScopeWindow *self, ScopeSessionFile *file)
{
  g_return_if_fail (SCOPE_IS_WINDOW (self) && file != NULL);
  restore_file (self, file, NULL);
}

void
scope_window_open_session (ScopeWindow *self, const char *path)
{
  g_return_if_fail (SCOPE_IS_WINDOW (self) && path != NULL);
  g_autoptr (GError) error = NULL;
  ScopeSessionFile *file = scope_session_file_load (path, &error);
  if (file == NULL) {
    scope_window_show_error (self, error->message);
    return;
  }
  scope_recent_add (path, SCOPE_RECENT_SESSION);
  restore_file (self, file, path);
}

gboolean
scope_window_save_session (ScopeWindow *self, const char *path)
{
  g_return_val_if_fail (SCOPE_IS_WINDOW (self) && path != NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeSessionFile) file = scope_session_keep (self->session, &error);
  if (file == NULL || !scope_session_file_save (file, path, &error)) {
    scope_window_show_error (self, error->message);
    return FALSE;
  }
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *said = g_markup_printf_escaped ("Saved as %s", name);
  if (self->session_path != path) {
    g_free (self->session_path);
    self->session_path = g_strdup (path);
  }
  scope_recent_add (path, SCOPE_RECENT_SESSION);
  AdwToast *toast = adw_toast_new (said);
  adw_toast_set_timeout (toast, 3);
  scope_toasts_add (self->toasts, toast);
  return TRUE;
}

static void
save_as_cb (const char *path, gpointer window)
{
  g_autofree char *whole = g_str_has_suffix (path, SCOPE_SESSION_FILE_ENDING)
                               ? g_strdup (path)
                               : g_strconcat (path, SCOPE_SESSION_FILE_ENDING, NULL);
  scope_window_save_session (SCOPE_WINDOW (window), whole);
}

void
scope_window_save_session_as (ScopeWindow *self)
{
  const char *model = scope_model_name (scope_session_get_model (self->session));
  g_autofree char *name = g_strconcat (model, SCOPE_SESSION_FILE_ENDING, NULL);
  scope_choose_session_to_save (GTK_WINDOW (self), name, save_as_cb, self, NULL);
}

/* --- the last session ---------------------------------------------------------------------------
 */

static char *
last_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "mambascope", "last" SCOPE_SESSION_FILE_ENDING,
                           NULL);
}

void
scope_window_keep_last (ScopeWindow *self)
{
  g_autofree char *path = last_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (ScopeSessionFile) file = scope_session_keep (self->session, NULL);
  g_autoptr (GError) error = NULL;
  if (file != NULL && g_mkdir_with_parents (folder, 0700) == 0
      && !scope_session_file_save (file, path, &error))
    g_debug ("%s", error->message);
}

gboolean
scope_window_restore_last (ScopeWindow *self)
{
  g_return_val_if_fail (SCOPE_IS_WINDOW (self), FALSE);
  g_autofree char *path = last_path ();
  g_autoptr (GError) error = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return FALSE;
  ScopeSessionFile *file = scope_session_file_load (path, &error);
  if (file != NULL)
    restore_file (self, file, NULL);
  else
    scope_window_show_error (self, error->message);
  return file != NULL;
}

/* --- anything -----------------------------------------------------------------------------------
 */

static void
restore_figure (ScopeWindow *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  if (!scope_window_restore (self, path, &error))
    scope_window_show_error (self, error->message);
}

gboolean
scope_window_is_document (const char *path)
{
  return g_str_has_suffix (path, SCOPE_SESSION_FILE_ENDING) || scope_living_is_figure (path);
}

void
scope_window_open_any (ScopeWindow *self, const char *path)
{
  g_return_if_fail (SCOPE_IS_WINDOW (self) && path != NULL);
  if (g_file_test (path, G_FILE_TEST_IS_DIR) || scope_checkpoint_is_weights_file (path))
    scope_window_open (self, path, NULL);
  else if (g_str_has_suffix (path, SCOPE_SESSION_FILE_ENDING))
    scope_window_open_session (self, path);
  else if (scope_living_is_figure (path))
    restore_figure (self, path);
  else if (scope_session_get_model (self->session) != NULL)
    scope_window_open_text (self, path);
  else
    scope_window_show_error (self, "Open a model first: then texts can be dropped here");
}

static gboolean
dropped_cb (GtkDropTarget *target, const GValue *value, double x, double y, ScopeWindow *self)
{
  g_autoptr (GSList) files = gdk_file_list_get_files (g_value_get_boxed (value));
  g_autofree char *path = files != NULL ? g_file_get_path (files->data) : NULL;
  if (path == NULL)
    return FALSE;
  scope_window_open_any (self, path);
  return TRUE;
}

void
scope_window_files_init (ScopeWindow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  g_signal_connect (drop, "drop", G_CALLBACK (dropped_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
}
