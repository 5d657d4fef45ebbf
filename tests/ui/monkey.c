/* monkey [SECONDS [SEED]]: random valid input, from a printed seed: pointer, keys, widgets, the
 * window's actions, views, files opened and dropped, sizes, text scales, other windows that go
 * while they work. Fails on a crash, on any warning, where memory grows and where a window stays.
 *
 * Memory is what the allocator has given out, measured whenever the monkey has gone home: the same
 * sample, the same view, at rest. After the first minute that must not grow: a run too short for
 * that prints it only. With MAMBASCOPE_MONKEY_HEAP set and the address sanitizer linked in, it says
 * at home, every time, what the memory is held for.
 */
#include <execinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "input.h"
#include "monkey-acts.h"
#include "test-support.h"

#define HOME_EVERY_MS 15000
/* Under the address sanitizer 11,000 acts came to 14 MiB more than the first minute: glyphs of
 * every size and resolution that the window had (cairo, pixman), styles (GTK), steps of the
 * history. All of them have a most; a text or a model that is held on to is soon more than this. */
#define GROWTH_BYTES (24u << 20)

/* Of the address sanitizer, where that is linked in. */
extern void __sanitizer_print_stack_trace (void) __attribute__ ((weak));

static guint warnings, gtk_warnings;

/* --- warnings -----------------------------------------------------------------------------------
 */

/* What GTK 4.8 says of itself under such input, with the lines of GTK that do it; whether it does
 * is a matter of timing. These are shown and counted; whatever else is said, by us or by GTK, fails
 * the play. */
static const struct {
  const char *domain, *begin;
} gtk_own[] = {
  /* gtkscrolledwindow.c, gtk_scrolled_window_adjustment_changed(), and gtktextview.c ask for a resize
   * while they are being placed, where a bar comes or goes or lines turn out higher. That marks all
   * their parents; gtkwidget.c, gtk_widget_allocate(), takes the mark from those that it places, but
   * not from one between them that kept its place and only let its children be placed, which then
   * is not painted. Our own scrolled contents keep their bar, so that they do not begin it. */
  { "Gtk", "Trying to snapshot " },
  /* gtkmain.c, handle_pointing_event(): a GDK_LEAVE_NOTIFY of a grab (a popover that comes up while
   * a button is held) ends the active state of what is pressed, but not the implicit grab, so that
   * the button's release ends that state once more. The same of set_widget_active_state() where a
   * parent of what is pressed is another when the button goes up: it walks up the parents anew. */
  { "Gtk", "Broken accounting of active state for widget " },
  /* gtkwidget.c, gtk_widget_allocate(): a popover's contents without the room for their margins,
   * for gdksurface.c, gdk_surface_layout_popup_helper(), cut the popover to what the screen has
   * left. No window manager keeps the window within a virtual screen. */
  { "Gtk", "gtk_widget_size_allocate(): attempt to allocate " },
  /* gdksurface-x11.c, gdk_x11_surface_layout_popup(): what a popover points to lies on no monitor,
   * and the monitor that was not found is asked for its size. */
  { "Gdk", "gdk_monitor_get_geometry: assertion 'GDK_IS_MONITOR (monitor)' failed" },
  /* gtktext.c, blink_cb(): the tick of a cursor's blinking that comes between a selection and
   * gtk_text_check_cursor_blink(), which alone ends it: gtk_text_recompute() leaves before it calls
   * that as long as the text is not on screen. */
  { "Gtk", "GtkText - unexpected blinking selection" },
  /* gtklistbase.c, gtk_list_base_adjustment_value_changed_cb(): rows that were replaced have no
   * height before they are placed, so that no row lies where the bar was put between the two. Where
   * a scroll of its own would go on in between, scope_scrolling_end() ends it. */
  { "Gtk", "GtkColumnListView failed to scroll to given position. Ignoring..." },
  /* gtkpopover.c, gtk_popover_activate_default() and the like: the window's focus is asked whether
   * it lies in the popover, without asking first whether there is one. */
  { "Gtk", "gtk_widget_is_ancestor: assertion 'GTK_IS_WIDGET (widget)' failed" },
};

static gboolean
is_gtk_own (const GLogField *fields, gsize count)
{
  const char *domain = "", *message = "";
  for (gsize k = 0; k < count; k++)
    if (g_str_equal (fields[k].key, "GLIB_DOMAIN"))
      domain = fields[k].value;
    else if (g_str_equal (fields[k].key, "MESSAGE"))
      message = fields[k].value;
  for (gsize k = 0; k < G_N_ELEMENTS (gtk_own); k++)
    if (g_str_equal (domain, gtk_own[k].domain) && g_str_has_prefix (message, gtk_own[k].begin))
      return TRUE;
  return FALSE;
}

/* Whose doing it was. */
static void
tell_stack (void)
{
  void *frames[40];
  if (__sanitizer_print_stack_trace != NULL)
    __sanitizer_print_stack_trace ();
  else
    backtrace_symbols_fd (frames, backtrace (frames, G_N_ELEMENTS (frames)), STDERR_FILENO);
}

static GLogWriterOutput
writer (GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) {
    gboolean own = is_gtk_own (fields, count);
    *(own ? &gtk_warnings : &warnings) += 1;
    g_printerr ("monkey: step %" G_GUINT64_FORMAT " (%s):\n", monkey.steps, monkey.last);
    if (!own)
      tell_stack ();
  }
  return g_log_writer_default (level, fields, count, data);
}

/* --- the play ----------------------------------------------------------------------------------
 */

/* TRUE if all went well. */
static gboolean
play (gint64 seconds)
{
  gint64 begin = g_get_monotonic_time (), end = begin + seconds * G_USEC_PER_SEC;
  gint64 warm = begin + 60 * (gint64)G_USEC_PER_SEC;
  gint64 home_every = MIN (HOME_EVERY_MS, seconds * 1000 / 6) * 1000, next = begin + home_every;
  gsize settled = 0, now = 0;
  while (g_get_monotonic_time () < end && warnings == 0) {
    monkey_step ();
    if (g_get_monotonic_time () < next)
      continue;
    if (!monkey_go_home ())
      return FALSE;
    now = seconds > 60 ? monkey_held () : monkey_allocated ();
    if (settled == 0 && g_get_monotonic_time () >= warm)
      settled = now;
    g_print ("%5.0f s  %8" G_GUINT64_FORMAT " steps  %7.1f MiB, %7.1f MiB resident\n",
             (double)(g_get_monotonic_time () - begin) / G_USEC_PER_SEC, monkey.steps,
             (double)now / (1 << 20), (double)monkey_resident () / (1 << 20));
    monkey_tell_heap ();
    next = g_get_monotonic_time () + home_every;
  }
  if (settled != 0 && now > settled + GROWTH_BYTES) {
    g_printerr ("monkey: memory grew from %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT " bytes\n",
                settled, now);
    return FALSE;
  }
  return warnings == 0;
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  gint64 seconds = argc > 1 ? g_ascii_strtoll (argv[1], NULL, 10) : 600;
  guint32 seed = argc > 2 ? (guint32)g_ascii_strtoull (argv[2], NULL, 10) : g_random_int ();
  g_print ("monkey: seed %u, %" G_GINT64_FORMAT " s\n", seed, seconds);
  g_log_set_writer_func (writer, NULL, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR); /* a critical ends the play, and tells its step */
  monkey.dice = g_rand_new_with_seed (seed);
  g_autofree char *folder = scope_test_folder ();
  g_assert_cmpint (g_chdir (folder), ==, 0); /* it may well save something */
  monkey.session = g_build_filename (folder, "monkey.mambascope", NULL);
  monkey.others = g_ptr_array_new_with_free_func (g_free);
  monkey.window = harness_window ();
  harness_run_for (300);
  if (!input_open (GTK_WINDOW (monkey.window))) {
    g_print ("SKIP: no X server with XTEST\n");
    return 77;
  }
  gboolean well = monkey_go_home () && (seconds <= 60 || monkey_see_all ())
                  && scope_window_save_session (monkey.window, monkey.session) && play (seconds);
  monkey_close_others ();
  well = monkey_others_are_gone () && well;
  guint held = harness_count_held (monkey.window);
  g_rand_free (monkey.dice);
  g_free (monkey.session);
  g_ptr_array_unref (monkey.others);
  g_print ("monkey: %" G_GUINT64_FORMAT " steps, %u warnings, %u of GTK's own, %u widgets held\n",
           monkey.steps, warnings, gtk_warnings, held);
  return well && held == 0 ? 0 : 1;
}
