/* The monkey's home: the same sample in the same view, at rest, so that what is held there can be
 * compared. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "monkey-acts.h"
#include "ui/export-window.h"

#define CALM_BYTES (1u << 20)

/* Of the address sanitizer, where that is linked in. */
extern gsize __sanitizer_get_current_allocated_bytes (void) __attribute__ ((weak));
extern void __sanitizer_print_memory_profile (gsize percent, gsize contexts) __attribute__ ((weak));

/* --- on the way ---------------------------------------------------------------------------------
 */

/* Windows that were closed, maybe at work, and their sessions. */
gboolean
monkey_others_are_gone (void)
{
  guint left = monkey.others->len;
  for (guint tries = 0; tries < 300 && left > 0; tries++) {
    left = 0;
    for (guint k = 0; k < monkey.others->len; k++)
      left += *(gpointer *)monkey.others->pdata[k] != NULL;
    harness_run_for (left > 0 ? 100 : 0);
  }
  if (left > 0)
    g_printerr ("monkey: %u closed windows or their sessions are still there\n", left);
  else
    g_ptr_array_set_size (monkey.others, 0);
  return left == 0;
}

/* What was added to the composer is kept for the window's life, and what was copied until something
 * else is. */
static void
let_go (void)
{
  g_action_group_activate_action (G_ACTION_GROUP (monkey.window), "composer", NULL);
  GListModel *all = gtk_window_get_toplevels ();
  for (guint k = g_list_model_get_n_items (all); k-- > 0;) {
    g_autoptr (GtkWidget) one = g_list_model_get_item (all, k);
    if (SCOPE_IS_EXPORT_WINDOW (one))
      gtk_widget_activate_action (one, "export.clear", NULL);
  }
  monkey_close_others ();
  gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (monkey.window)), NULL);
}

static gboolean
come_to_rest (void)
{
  if (harness_settle (monkey.window, 40))
    return TRUE;
  ScopeSession *session = scope_window_get_session (monkey.window);
  g_printerr ("monkey: nothing comes to rest after step %" G_GUINT64_FORMAT
              ": busy %d, map %d, decay %d, layer %d, answer %d, proof %g, “%s”\n",
              monkey.steps, scope_session_get_busy (session),
              scope_session_get_map (session) != NULL, scope_session_get_decay (session) != NULL,
              scope_session_get_layer_view (session) != NULL,
              scope_session_get_answer (session) != NULL, scope_session_get_proof (session),
              scope_window_get_message (monkey.window));
  return FALSE;
}

static void
set_resolution (int dpi)
{
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", dpi * 1024, NULL);
}

gboolean
monkey_go_home (void)
{
  monkey_doing ("home");
  monkey_close_others ();
  input_key (GDK_KEY_Escape, 0);
  harness_run_for (300); /* it comes by way of the server, and would cancel what is opened below */
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  set_resolution (96);
  gtk_window_set_default_size (GTK_WINDOW (monkey.window), 1280, 860);
  scope_window_show_view (monkey.window, "map");
  scope_session_set_filter_on (scope_window_get_session (monkey.window), FALSE);
  harness_open_sample (monkey.window, "rescue-mamba2-5m", "the-letter.txt");
  harness_run_for (300);
  if (!come_to_rest ())
    return FALSE;
  let_go (); /* now that nothing is on its way into the composer */
  harness_run_for (300);
  return come_to_rest () && monkey_others_are_gone ();
}

gboolean
monkey_see_all (void)
{
  static const int resolutions[] = { 192, 120, 96 };
  g_auto (GStrv) views = harness_views (monkey.window);
  gboolean rests = TRUE;
  for (guint k = 0; k < G_N_ELEMENTS (resolutions); k++) {
    set_resolution (resolutions[k]);
    for (guint view = 0; rests && views[view] != NULL; view++) {
      monkey_doing ("see %s, %d dpi", views[view], resolutions[k]);
      scope_window_show_view (monkey.window, views[view]);
      harness_run_for (200);
      rests = come_to_rest ();
    }
  }
  return rests;
}

/* --- memory -------------------------------------------------------------------------------------
 */

gsize
monkey_allocated (void)
{
  if (__sanitizer_get_current_allocated_bytes != NULL)
    return __sanitizer_get_current_allocated_bytes ();
  struct mallinfo2 info = mallinfo2 ();
  return info.uordblks + info.hblkhd;
}

gsize
monkey_resident (void)
{
  g_autofree char *text = NULL;
  gsize pages = 0;
  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%*u %zu", &pages);
  return pages * (gsize)sysconf (_SC_PAGESIZE);
}

static gboolean
is_asleep (const char *thread)
{
  g_autofree char *path = g_build_filename ("/proc/self/task", thread, "stat", NULL);
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL)) /* it is gone */
    return TRUE;
  const char *behind_name = strrchr (text, ')');
  return behind_name == NULL || g_str_has_prefix (behind_name, ") S");
}

/* But for the one that asks. However busy the machine is, one that has something to do is not. */
static gboolean
threads_are_asleep (void)
{
  g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
  g_autofree char *own
      = g_strdup_printf ("%d", (int)getpid ()); /* the main thread's is the process's */
  gboolean asleep = TRUE;
  const char *name;
  while (threads != NULL && asleep && (name = g_dir_read_name (threads)) != NULL)
    asleep = g_str_equal (name, own) || is_asleep (name);
  return asleep;
}

/* The checks of figures whose windows are gone end by themselves, on threads of their own. */
gsize
monkey_held (void)
{
  gsize least = monkey_allocated (), most = least;
  for (guint k = 0, calm = 0; k < 240 && calm < 4; k++) {
    harness_run_for (500);
    gsize now = monkey_allocated ();
    least = MIN (least, now);
    most = MAX (most, now);
    calm = most - least < CALM_BYTES && threads_are_asleep () ? calm + 1 : 0;
    if (calm == 0)
      least = most = now;
  }
  return least;
}

/* What the memory is held for, where the address sanitizer knows. */
void
monkey_tell_heap (void)
{
  if (__sanitizer_print_memory_profile != NULL && g_getenv ("MAMBASCOPE_MONKEY_HEAP") != NULL)
    __sanitizer_print_memory_profile (99, 400);
}
