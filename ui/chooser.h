/* File choosers: each is for a window, and goes with it. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Modal for PARENT (NULL: for none), and answered with GTK_RESPONSE_CANCEL when that goes from the
 * screen: GTK would leave it there. The caller's until scope_chooser_end(). */
GtkFileChooserNative *scope_chooser_new (GtkWindow *parent, const char *title,
                                         GtkFileChooserAction action) G_GNUC_WARN_UNUSED_RESULT;
/* What was chosen; NULL if RESPONSE is not to take it. Caller frees. */
char *scope_chooser_get_path (GtkNativeDialog *chooser, int response) G_GNUC_WARN_UNUSED_RESULT;
/* In place of gtk_native_dialog_destroy() and g_object_unref(), which are not enough for GTK. */
void scope_chooser_end (GtkNativeDialog *chooser);

G_END_DECLS
