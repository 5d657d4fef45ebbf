#include "ui/gradual.h"

#define WAITING "scope-waiting"

/* --- windows -------------------------------------------------------------------------------------
 */

static gboolean
present_cb (gpointer data)
{
  g_autoptr (GtkWindow) window = g_weak_ref_get (data);
  if (window != NULL && !gtk_widget_in_destruction (GTK_WIDGET (window)))
    gtk_window_present (window);
  return G_SOURCE_REMOVE;
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

void
scope_present_soon (GtkWindow *window)
{
  GWeakRef *weak = g_new0 (GWeakRef, 1);
  g_return_if_fail (GTK_IS_WINDOW (window));
  g_weak_ref_init (weak, window);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, present_cb, weak, weak_ref_free);
}

/* --- children ------------------------------------------------------------------------------------
 */

static gboolean
show_next_cb (GtkWidget *box, GdkFrameClock *clock, gpointer data)
{
  GQueue *waiting = data;
  g_autoptr (GtkWidget) child = g_queue_pop_head (waiting);
  if (child != NULL) /* NULL stands for the first frame */
    gtk_widget_set_visible (child, TRUE);
  if (!g_queue_is_empty (waiting))
    return G_SOURCE_CONTINUE;
  g_object_set_data (G_OBJECT (box), WAITING, NULL);
  return G_SOURCE_REMOVE;
}

static void
waiting_free (gpointer data)
{
  GQueue *waiting = data;
  GtkWidget *child;
  while (!g_queue_is_empty (waiting))
    if ((child = g_queue_pop_head (waiting)) != NULL)
      g_object_unref (child);
  g_queue_free (waiting);
}

void
scope_show_by_frames (GtkWidget *box)
{
  g_return_if_fail (GTK_IS_WIDGET (box) && scope_is_whole (box));
  GQueue *waiting = g_queue_new ();
  g_queue_push_tail (waiting, NULL);
  for (GtkWidget *child = gtk_widget_get_first_child (box); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_visible (child)) {
      gtk_widget_set_visible (child, FALSE);
      g_queue_push_tail (waiting, g_object_ref (child));
    }
  g_object_set_data (G_OBJECT (box), WAITING, waiting);
  gtk_widget_add_tick_callback (box, show_next_cb, waiting, waiting_free);
}

gboolean
scope_is_whole (GtkWidget *box)
{
  g_return_val_if_fail (GTK_IS_WIDGET (box), TRUE);
  return g_object_get_data (G_OBJECT (box), WAITING) == NULL;
}
