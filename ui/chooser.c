#include "ui/chooser.h"

static void
parent_gone_cb (GtkNativeDialog *chooser)
{
  g_signal_emit_by_name (chooser, "response", GTK_RESPONSE_CANCEL);
}

GtkFileChooserNative *
scope_chooser_new (GtkWindow *parent, const char *title, GtkFileChooserAction action)
{
  const char *accept = action == GTK_FILE_CHOOSER_ACTION_SAVE ? "_Save" : "_Open";
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (title, parent, action, accept, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  if (parent != NULL)
    g_signal_connect_object (parent, "unmap", G_CALLBACK (parent_gone_cb), chooser,
                             G_CONNECT_SWAPPED);
  return chooser;
}

char *
scope_chooser_get_path (GtkNativeDialog *chooser, int response)
{
  if (response != GTK_RESPONSE_ACCEPT)
    return NULL;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  return file != NULL ? g_file_get_path (file) : NULL;
}

/* A press that is not over when the chooser goes, as the last one of a double click on a file, is
 * held by the gestures of the list of files, and holds that list. GTK 4.8 keeps the two for ever,
 * and with them the folder's model, which tells the chooser of every file that changes there: the
 * next one after it was freed is a crash. What is not sensitive lets go of its presses. */
static void
drop_presses (GtkNativeDialog *chooser)
{
  GtkWindow *parent = gtk_native_dialog_get_transient_for (chooser);
  GListModel *all = gtk_window_get_toplevels ();
  for (guint k = 0; k < g_list_model_get_n_items (all); k++) {
    g_autoptr (GtkWindow) window = g_list_model_get_item (all, k);
    if (GTK_IS_FILE_CHOOSER_DIALOG (window) && gtk_window_get_transient_for (window) == parent
        && !gtk_widget_get_visible (GTK_WIDGET (window)))
      gtk_widget_set_sensitive (GTK_WIDGET (window), FALSE);
  }
}

void
scope_chooser_end (GtkNativeDialog *chooser)
{
  gtk_native_dialog_hide (chooser);
  drop_presses (chooser);
  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}
