/* monkey [SECONDS [SEED]]: random valid input, from a printed seed: pointer, keys, the window's
 * actions, sizes, text scales. Fails on a crash, on any warning, and where memory grows.
 *
 * Memory is what the allocator has given out, measured whenever the monkey has gone home: the same
 * sample, the same view, at rest. After the first minute that must not grow: a run too short for
 * that prints it only. With MAMBASCOPE_MONKEY_HEAP set and the address sanitizer linked in, it says
 * after the first minute and at the end what the memory is held for.
 */
#include <execinfo.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "harness.h"
#include "input.h"
#include "test-support.h"

#define HOME_EVERY_MS 15000
/* Ten minutes under the address sanitizer came to 15 MiB more than the first: glyphs of every size
 * and resolution that the window had (cairo, pixman), styles and icons (GTK), the steps of the
 * history. All of them have a most; a text or a model that is held on to is soon more than this. */
#define GROWTH_BYTES (24u << 20)

/* Of the address sanitizer, where that is linked in. */
extern gsize __sanitizer_get_current_allocated_bytes (void) __attribute__ ((weak));
extern void __sanitizer_print_stack_trace (void) __attribute__ ((weak));
extern void __sanitizer_print_memory_profile (gsize percent, gsize contexts) __attribute__ ((weak));

static GRand *dice;
static ScopeWindow *window;
static guint64 steps;
static guint warnings, gtk_warnings;
static char last[256]; /* what was done */

/* --- warnings -----------------------------------------------------------------------------------
 */

/* GTK 4.8 warns of itself under such input: of a widget that a toast or a resize has just touched
 * and that it draws before its layout, of a grid that should scroll while its columns change ("ran
 * out of items"); and its popovers ask for the default while nothing has the keyboard. They are
 * shown and counted, but whether one comes is a matter of timing, so they fail nothing; other
 * criticals, and whatever we say ourselves, do. */
static gboolean
is_gtk_own (GLogLevelFlags level, const GLogField *fields, gsize count)
{
  static const char popover[] = "gtk_widget_is_ancestor: assertion 'GTK_IS_WIDGET (widget)' failed";
  const char *domain = "", *message = "";
  for (gsize k = 0; k < count; k++)
    if (g_str_equal (fields[k].key, "GLIB_DOMAIN"))
      domain = fields[k].value;
    else if (g_str_equal (fields[k].key, "MESSAGE"))
      message = fields[k].value;
  return g_str_equal (domain, "Gtk")
         && ((level & G_LOG_LEVEL_WARNING) != 0 || g_str_equal (message, popover));
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
    gboolean own = is_gtk_own (level, fields, count);
    *(own ? &gtk_warnings : &warnings) += 1;
    g_printerr ("monkey: step %" G_GUINT64_FORMAT " (%s):\n", steps, last);
    if (!own)
      tell_stack ();
  }
  return g_log_writer_default (level, fields, count, data);
}

static void doing (const char *format, ...) G_GNUC_PRINTF (1, 2);

static void
doing (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_vsnprintf (last, sizeof last, format, args);
  va_end (args);
  if (g_getenv ("MAMBASCOPE_MONKEY_TELL") != NULL)
    g_printerr ("%" G_GUINT64_FORMAT " %s\n", steps, last);
}

static gboolean
chance (int percent)
{
  return g_rand_int_range (dice, 0, 100) < percent;
}

/* --- pointer and keys ---------------------------------------------------------------------------
 */

/* Closing the window is another test's, and a title bar that is dragged, even by one of its
 * buttons, waits for a window manager, which a virtual screen has not. */
static gboolean
may_press (double x, double y, gboolean drags)
{
  GtkWidget *at = gtk_widget_pick (GTK_WIDGET (window), x, y, GTK_PICK_DEFAULT);
  GtkWidget *bar = at != NULL ? gtk_widget_get_ancestor (at, GTK_TYPE_WINDOW_HANDLE) : NULL;
  if (at == NULL || bar == NULL)
    return TRUE;
  gboolean button = gtk_widget_get_ancestor (at, GTK_TYPE_BUTTON) != NULL
                    || gtk_widget_get_ancestor (at, GTK_TYPE_SWITCH) != NULL;
  return button && !drags && gtk_widget_get_ancestor (at, GTK_TYPE_WINDOW_CONTROLS) == NULL;
}

/* Says whether a drag may begin there. */
static gboolean
move_somewhere (void)
{
  double x = g_rand_double (dice) * gtk_widget_get_width (GTK_WIDGET (window));
  double y = g_rand_double (dice) * gtk_widget_get_height (GTK_WIDGET (window));
  doing ("move %.0f %.0f", x, y);
  input_move (x, y);
  return may_press (x, y, TRUE);
}

static void
move (void)
{
  move_somewhere ();
}

static gboolean
is_alone (void)
{
  return g_list_model_get_n_items (gtk_window_get_toplevels ()) == 1;
}

/* The file chooser of GTK 4.8 shows its list's menu in an idle that outlives it: where a dialog is
 * up, the second button is left alone. */
static void
click (void)
{
  double x = g_rand_double (dice) * gtk_widget_get_width (GTK_WIDGET (window));
  double y = g_rand_double (dice) * gtk_widget_get_height (GTK_WIDGET (window));
  guint button = chance (90) || !is_alone () ? 1 : 3;
  if (!may_press (x, y, FALSE))
    return;
  doing ("click %u at %.0f %.0f", button, x, y);
  input_move (x, y);
  input_click (button);
}

static void
drag (void)
{
  int moves = g_rand_int_range (dice, 1, 8);
  if (!move_somewhere ())
    return;
  doing ("drag over %d places", moves);
  input_button (1, TRUE);
  for (int k = 0; k < moves; k++) {
    move ();
    harness_run_for (8);
  }
  input_button (1, FALSE);
}

static void
wheel (void)
{
  int notches = g_rand_int_range (dice, -6, 7);
  doing ("wheel %d", notches);
  input_wheel (notches);
}

static void
key (void)
{
  static const guint keys[]
      = { GDK_KEY_Left, GDK_KEY_Right,   GDK_KEY_Up,        GDK_KEY_Down,   GDK_KEY_Tab,
          GDK_KEY_Tab,  GDK_KEY_Return,  GDK_KEY_Escape,    GDK_KEY_space,  GDK_KEY_Home,
          GDK_KEY_End,  GDK_KEY_Page_Up, GDK_KEY_Page_Down, GDK_KEY_plus,   GDK_KEY_minus,
          GDK_KEY_0,    GDK_KEY_1,       GDK_KEY_2,         GDK_KEY_3,      GDK_KEY_4,
          GDK_KEY_a,    GDK_KEY_e,       GDK_KEY_g,         GDK_KEY_f,      GDK_KEY_l,
          GDK_KEY_p,    GDK_KEY_z,       GDK_KEY_period,    GDK_KEY_Delete, GDK_KEY_BackSpace,
          GDK_KEY_F9,   GDK_KEY_F10,     GDK_KEY_Menu };
  static const GdkModifierType modifiers[] = { 0,
                                               0,
                                               0,
                                               0,
                                               GDK_SHIFT_MASK,
                                               GDK_CONTROL_MASK,
                                               GDK_CONTROL_MASK,
                                               GDK_ALT_MASK,
                                               GDK_CONTROL_MASK | GDK_SHIFT_MASK };
  guint keyval = keys[g_rand_int_range (dice, 0, G_N_ELEMENTS (keys))];
  GdkModifierType held = modifiers[g_rand_int_range (dice, 0, G_N_ELEMENTS (modifiers))];
  doing ("key %s with %u", gdk_keyval_name (keyval), held);
  input_key (keyval, held);
}

/* --- actions, sizes, styles ---------------------------------------------------------------------
 */

static GVariant *
random_target (const char *name, const GVariantType *type)
{
  g_auto (GStrv) views = harness_views (window);
  if (type == NULL)
    return NULL;
  if (g_variant_type_equal (type, G_VARIANT_TYPE_UINT32))
    return g_variant_new_uint32 (g_rand_int_range (dice, 0, 4));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_INT32))
    return g_variant_new_int32 (g_rand_int_range (dice, 0, 9));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_UINT64))
    return g_variant_new_uint64 ((guint64)g_rand_int_range (dice, 0, 5000));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_BOOLEAN))
    return g_variant_new_boolean (chance (50));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING))
    return g_variant_new_string (
        g_str_equal (name, "show-view")
            ? views[g_rand_int_range (dice, 0, (gint)g_strv_length (views))]
            : "png");
  return NULL; /* paths: of files that there are not */
}

static void
action (void)
{
  g_auto (GStrv) names = g_action_group_list_actions (G_ACTION_GROUP (window));
  const char *name = names[g_rand_int_range (dice, 0, (gint)g_strv_length (names))];
  const GVariantType *type
      = g_action_group_get_action_parameter_type (G_ACTION_GROUP (window), name);
  g_autoptr (GVariant) target = random_target (name, type);
  if (target != NULL)
    g_variant_ref_sink (target);
  if ((type != NULL && target == NULL) || g_str_has_prefix (name, "open-sample")
      || !g_action_group_get_action_enabled (G_ACTION_GROUP (window), name))
    return;
  g_autofree char *said = target != NULL ? g_variant_print (target, FALSE) : g_strdup ("");
  doing ("action %s %s", name, said);
  g_action_group_activate_action (G_ACTION_GROUP (window), name, target);
}

static void
select_something (void)
{
  ScopeSession *session = scope_window_get_session (window);
  doing ("select");
  switch (g_rand_int_range (dice, 0, 6)) {
  case 0:
    scope_session_set_layer (session, g_rand_int_range (dice, 0, 12));
    break;
  case 1:
    scope_session_set_channel (session, g_rand_int_range (dice, 0, 600));
    break;
  case 2:
    scope_session_set_kind (session, g_rand_int_range (dice, 0, SCOPE_N_MATRICES));
    break;
  case 3:
    scope_session_set_theta (session, g_rand_double (dice) * 1e-2 + 1e-9);
    break;
  case 4:
    scope_session_set_norm (session, g_rand_int_range (dice, 0, SCOPE_N_NORMS));
    break;
  default:
    scope_session_set_palette (session, g_rand_int_range (dice, 0, SCOPE_N_PALETTES));
  }
}

static void
resize (void)
{
  int width = g_rand_int_range (dice, 400, 1500), height = g_rand_int_range (dice, 320, 950);
  doing ("resize %d x %d", width, height);
  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
}

static void
restyle (void)
{
  static const int resolutions[] = { 96, 96, 120, 192 };
  int dpi = resolutions[g_rand_int_range (dice, 0, G_N_ELEMENTS (resolutions))];
  doing ("%d dpi, other style", dpi);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", dpi * 1024, NULL);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      chance (50) ? ADW_COLOR_SCHEME_FORCE_DARK
                                                  : ADW_COLOR_SCHEME_FORCE_LIGHT);
  gtk_widget_set_default_direction (chance (20) ? GTK_TEXT_DIR_RTL : GTK_TEXT_DIR_LTR);
}

/* Dialogs are looked at, not used: a monkey in a file chooser may open anything. They are closed as
 * a user closes them, and what they ask about that is closed in its turn. */
static void
close_others (void)
{
  g_autoptr (GListModel) all = g_object_ref (gtk_window_get_toplevels ());
  if (!is_alone ()) /* a click on one of them is still on its way */
    harness_run_for (80);
  for (guint tries = 0; tries < 100 && !is_alone (); tries++) {
    for (guint k = g_list_model_get_n_items (all); k-- > 0;) {
      g_autoptr (GtkWindow) other = g_list_model_get_item (all, k); /* or it went with its parent */
      if (other != NULL && other != GTK_WINDOW (window))
        gtk_window_close (other);
    }
    harness_run_for (20);
  }
}

static void
step (void)
{
  static const struct {
    void (*act) (void);
    int weight;
  } acts[] = { { move, 30 },   { click, 18 },           { drag, 5 },   { wheel, 12 }, { key, 18 },
               { action, 10 }, { select_something, 5 }, { resize, 1 }, { restyle, 1 } };
  int at = g_rand_int_range (dice, 0, 100);
  steps++;
  for (guint k = 0; k < G_N_ELEMENTS (acts); k++) {
    at -= acts[k].weight;
    if (at < 0) {
      acts[k].act ();
      break;
    }
  }
  harness_run_for ((guint)g_rand_int_range (dice, 1, 25));
  if (steps % 8 == 0)
    close_others ();
}

/* --- home and memory ----------------------------------------------------------------------------
 */

static gsize
allocated (void)
{
  if (__sanitizer_get_current_allocated_bytes != NULL)
    return __sanitizer_get_current_allocated_bytes ();
  struct mallinfo2 info = mallinfo2 ();
  return info.uordblks + info.hblkhd;
}

/* With what the allocator keeps for later. */
static gsize
resident (void)
{
  g_autofree char *text = NULL;
  gsize pages = 0;
  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%*u %zu", &pages);
  return pages * (gsize)sysconf (_SC_PAGESIZE);
}

static gboolean
go_home (void)
{
  doing ("home");
  close_others ();
  input_key (GDK_KEY_Escape, 0);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 96 * 1024, NULL);
  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 860);
  scope_window_show_view (window, "map");
  scope_session_set_filter_on (scope_window_get_session (window), FALSE);
  harness_open_sample (window, "rescue-mamba2-5m", "the-letter.txt");
  harness_run_for (300);
  if (!harness_settle (window, 40)) {
    ScopeSession *session = scope_window_get_session (window);
    g_printerr ("monkey: nothing comes to rest after step %" G_GUINT64_FORMAT
                ": busy %d, map %d, decay %d, layer %d, answer %d, proof %g, “%s”\n",
                steps, scope_session_get_busy (session), scope_session_get_map (session) != NULL,
                scope_session_get_decay (session) != NULL,
                scope_session_get_layer_view (session) != NULL,
                scope_session_get_answer (session) != NULL, scope_session_get_proof (session),
                scope_window_get_message (window));
    return FALSE;
  }
  harness_run_for (300);
  return TRUE;
}

/* What the memory is held for, where the address sanitizer knows. */
static void
tell_heap (void)
{
  if (__sanitizer_print_memory_profile != NULL && g_getenv ("MAMBASCOPE_MONKEY_HEAP") != NULL)
    __sanitizer_print_memory_profile (95, 40);
}

/* What is held at home. The checks of figures whose windows are gone end by themselves, on threads
 * of their own: more than BOUND (0: any) is only believed when it stays. */
static gsize
held_at_home (gsize bound)
{
  gsize now = allocated ();
  for (guint k = 0; k < 60 && bound != 0 && now > bound; k++) {
    harness_run_for (500);
    now = allocated ();
  }
  return now;
}

/* TRUE if all went well. */
static gboolean
play (gint64 seconds)
{
  gint64 begin = g_get_monotonic_time (), end = begin + seconds * G_USEC_PER_SEC;
  gint64 warm = begin + 60 * (gint64)G_USEC_PER_SEC;
  gint64 home_every = MIN (HOME_EVERY_MS, seconds * 1000 / 6) * 1000, next = begin + home_every;
  gsize settled = 0, now = 0;
  while (g_get_monotonic_time () < end && warnings == 0) {
    step ();
    if (g_get_monotonic_time () < next)
      continue;
    if (!go_home ())
      return FALSE;
    now = held_at_home (settled != 0 ? settled + GROWTH_BYTES : 0);
    if (settled == 0 && g_get_monotonic_time () >= warm) {
      settled = now;
      tell_heap ();
    }
    g_print ("%5.0f s  %8" G_GUINT64_FORMAT " steps  %7.1f MiB, %7.1f MiB resident\n",
             (double)(g_get_monotonic_time () - begin) / G_USEC_PER_SEC, steps,
             (double)now / (1 << 20), (double)resident () / (1 << 20));
    next = g_get_monotonic_time () + home_every;
  }
  tell_heap ();
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
  dice = g_rand_new_with_seed (seed);
  g_autofree char *folder = scope_test_folder ();
  g_assert_cmpint (g_chdir (folder), ==, 0); /* it may well save something */
  window = harness_window ();
  harness_run_for (300);
  if (!input_open (GTK_WINDOW (window))) {
    g_print ("SKIP: no X server with XTEST\n");
    return 77;
  }
  gboolean well = go_home () && play (seconds);
  /* It may leave in the middle of a press or a drag, whose widget GTK holds: those are counted. */
  guint held = harness_count_held (window);
  g_rand_free (dice);
  g_print ("monkey: %" G_GUINT64_FORMAT " steps, %u warnings, %u of GTK's own, %u widgets held\n",
           steps, warnings, gtk_warnings, held);
  return well ? 0 : 1;
}
