#include "ui/focus.h"

/* The widget that has the focus; weak. */
#define WATCHED "scope-focus-watched"

static void
unmapped_cb (GtkWidget *widget, GtkWindow *window)
{
  gtk_window_set_focus (window, NULL);
}

static void
focus_changed_cb (GtkWindow *window)
{
  GWeakRef *watched = g_object_get_data (G_OBJECT (window), WATCHED);
  g_autoptr (GtkWidget) before = g_weak_ref_get (watched);
  GtkWidget *now = gtk_window_get_focus (window);
  if (before == now)
    return;
  if (before != NULL)
    g_signal_handlers_disconnect_by_func (before, unmapped_cb, window);
  if (now != NULL)
    g_signal_connect_object (now, "unmap", G_CALLBACK (unmapped_cb), window, 0);
  g_weak_ref_set (watched, now);
}

static void
add_popovers (GtkWidget *widget, GPtrArray *popovers)
{
  if (GTK_IS_POPOVER (widget) && gtk_widget_get_visible (widget))
    g_ptr_array_add (popovers, g_object_ref (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    add_popovers (child, popovers);
}

/* The innermost first. */
static void
window_unmapped_cb (GtkWidget *window)
{
  g_autoptr (GPtrArray) popovers = g_ptr_array_new_with_free_func (g_object_unref);
  add_popovers (window, popovers);
  for (guint k = popovers->len; k-- > 0;)
    gtk_popover_popdown (popovers->pdata[k]);
}

static void
free_watched (gpointer watched)
{
  g_weak_ref_clear (watched);
  g_free (watched);
}

void
scope_focus_guard (GtkWindow *window)
{
  g_return_if_fail (GTK_IS_WINDOW (window));
  GWeakRef *watched = g_new0 (GWeakRef, 1);
  g_weak_ref_init (watched, NULL);
  g_object_set_data_full (G_OBJECT (window), WATCHED, watched, free_watched);
  g_signal_connect (window, "notify::focus-widget", G_CALLBACK (focus_changed_cb), NULL);
  g_signal_connect (window, "unmap", G_CALLBACK (window_unmapped_cb), NULL);
  focus_changed_cb (window);
}
