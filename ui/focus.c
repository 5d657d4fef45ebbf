#include "ui/focus.h"

#define GUARD "scope-focus-guard"

/* Both weak. */
typedef struct {
  GWeakRef focus; /* has it */
  GWeakRef due;   /* gets it as soon as it is on screen, if nothing else has it by then */
} Guard;

/* *PLACE is WIDGET from now on (NULL: nothing), and CALLBACK hears its SIGNAL, of it alone. */
static void
watch (GtkWindow *window, GWeakRef *place, GtkWidget *widget, const char *signal,
       GCallback callback)
{
  g_autoptr (GtkWidget) before = g_weak_ref_get (place);
  if (before != NULL)
    g_signal_handlers_disconnect_by_func (before, callback, window);
  if (widget != NULL)
    g_signal_connect_object (widget, signal, callback, window, 0);
  g_weak_ref_set (place, widget);
}

static void
unmapped_cb (GtkWidget *widget, GtkWindow *window)
{
  gtk_window_set_focus (window, NULL);
}

static void
mapped_cb (GtkWidget *widget, GtkWindow *window)
{
  Guard *guard = g_object_get_data (G_OBJECT (window), GUARD);
  watch (window, &guard->due, NULL, "map", G_CALLBACK (mapped_cb));
  if (gtk_window_get_focus (window) == NULL)
    gtk_widget_grab_focus (widget);
}

static void
focus_changed_cb (GtkWindow *window)
{
  Guard *guard = g_object_get_data (G_OBJECT (window), GUARD);
  g_autoptr (GtkWidget) before = g_weak_ref_get (&guard->focus);
  GtkWidget *now = gtk_window_get_focus (window);
  if (before == now)
    return;
  watch (window, &guard->focus, now, "unmap", G_CALLBACK (unmapped_cb));
  /* A stack gives the focus back to what last had it, on screen or not, and what is not on screen
   * tells nobody when it is hidden. */
  gboolean early
      = now != NULL && !gtk_widget_get_mapped (now) && gtk_widget_get_mapped (GTK_WIDGET (window));
  if (now != NULL)
    watch (window, &guard->due, early ? now : NULL, "map", G_CALLBACK (mapped_cb));
  if (early)
    gtk_window_set_focus (window, NULL);
}

static void
collect (GtkWidget *widget, GPtrArray *popovers, GPtrArray *gestures)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  for (guint k = 0; k < g_list_model_get_n_items (controllers); k++) {
    g_autoptr (GtkEventController) one = g_list_model_get_item (controllers, k);
    if (GTK_IS_GESTURE (one))
      g_ptr_array_add (gestures, g_steal_pointer (&one));
  }
  if (GTK_IS_POPOVER (widget) && gtk_widget_get_visible (widget))
    g_ptr_array_add (popovers, g_object_ref (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect (child, popovers, gestures);
}

/* The innermost popover first. */
static void
window_unmapped_cb (GtkWidget *window)
{
  g_autoptr (GPtrArray) popovers = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) gestures = g_ptr_array_new_with_free_func (g_object_unref);
  collect (window, popovers, gestures);
  for (guint k = popovers->len; k-- > 0;)
    gtk_popover_popdown (popovers->pdata[k]);
  for (guint k = 0; k < gestures->len; k++)
    gtk_event_controller_reset (gestures->pdata[k]);
}

static void
free_guard (gpointer data)
{
  Guard *guard = data;
  g_weak_ref_clear (&guard->focus);
  g_weak_ref_clear (&guard->due);
  g_free (guard);
}

void
scope_focus_guard (GtkWindow *window)
{
  g_return_if_fail (GTK_IS_WINDOW (window));
  Guard *guard = g_new0 (Guard, 1);
  g_weak_ref_init (&guard->focus, NULL);
  g_weak_ref_init (&guard->due, NULL);
  g_object_set_data_full (G_OBJECT (window), GUARD, guard, free_guard);
  g_signal_connect (window, "notify::focus-widget", G_CALLBACK (focus_changed_cb), NULL);
  g_signal_connect (window, "unmap", G_CALLBACK (window_unmapped_cb), NULL);
  focus_changed_cb (window);
}
