#include "monkey-acts.h"

#include <string.h>

#include "input.h"
#include "test-support.h"

Monkey monkey;

static const char *const models[] = { "rescue-mamba2-5m", "novel-mamba-6m", "novel-mamba2-6m" };
static const char *const texts[]
    = { "the-letter.txt", "the-letter.txt", "pass-key.txt", "the-tide-books.txt" };

#define pick(names) ((names)[g_rand_int_range (monkey.dice, 0, G_N_ELEMENTS (names))])

void
monkey_doing (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_vsnprintf (monkey.last, sizeof monkey.last, format, args);
  va_end (args);
  if (g_getenv ("MAMBASCOPE_MONKEY_TELL") != NULL)
    g_printerr ("%" G_GUINT64_FORMAT " %s\n", monkey.steps, monkey.last);
}

static gboolean
chance (int percent)
{
  return g_rand_int_range (monkey.dice, 0, 100) < percent;
}

static char *
sample (const char *folder, const char *name)
{
  return g_build_filename (scope_test_samples (), folder, name, NULL);
}

/* --- pointer and keys ---------------------------------------------------------------------------
 */

/* Closing the window is another test's, and a title bar that is dragged, even by one of its
 * buttons, waits for a window manager, which a virtual screen has not. */
static gboolean
may_press (double x, double y, gboolean drags)
{
  GtkWidget *at = gtk_widget_pick (GTK_WIDGET (monkey.window), x, y, GTK_PICK_DEFAULT);
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
  double x = g_rand_double (monkey.dice) * gtk_widget_get_width (GTK_WIDGET (monkey.window));
  double y = g_rand_double (monkey.dice) * gtk_widget_get_height (GTK_WIDGET (monkey.window));
  monkey_doing ("move %.0f %.0f", x, y);
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
  double x = g_rand_double (monkey.dice) * gtk_widget_get_width (GTK_WIDGET (monkey.window));
  double y = g_rand_double (monkey.dice) * gtk_widget_get_height (GTK_WIDGET (monkey.window));
  guint button = chance (90) || !is_alone () ? 1 : 3;
  if (!may_press (x, y, FALSE))
    return;
  monkey_doing ("click %u at %.0f %.0f", button, x, y);
  input_move (x, y);
  input_click (button);
}

static void
drag (void)
{
  int moves = g_rand_int_range (monkey.dice, 1, 8);
  if (!move_somewhere ())
    return;
  monkey_doing ("drag over %d places", moves);
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
  int notches = g_rand_int_range (monkey.dice, -6, 7);
  monkey_doing ("wheel %d", notches);
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
  guint keyval = keys[g_rand_int_range (monkey.dice, 0, G_N_ELEMENTS (keys))];
  GdkModifierType held = modifiers[g_rand_int_range (monkey.dice, 0, G_N_ELEMENTS (modifiers))];
  monkey_doing ("key %s with %u", gdk_keyval_name (keyval), held);
  input_key (keyval, held);
}

/* --- actions, sizes, styles ---------------------------------------------------------------------
 */

static GVariant *
random_target (const char *name, const GVariantType *type)
{
  g_auto (GStrv) views = harness_views (monkey.window);
  if (type == NULL)
    return NULL;
  if (g_variant_type_equal (type, G_VARIANT_TYPE_UINT32))
    return g_variant_new_uint32 (g_rand_int_range (monkey.dice, 0, 4));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_INT32))
    return g_variant_new_int32 (g_rand_int_range (monkey.dice, 0, 9));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_UINT64))
    return g_variant_new_uint64 ((guint64)g_rand_int_range (monkey.dice, 0, 5000));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_BOOLEAN))
    return g_variant_new_boolean (chance (50));
  if (g_variant_type_equal (type, G_VARIANT_TYPE_STRING))
    return g_variant_new_string (
        g_str_equal (name, "show-view")
            ? views[g_rand_int_range (monkey.dice, 0, (gint)g_strv_length (views))]
            : "png");
  if (g_str_equal (name, "open-recent-session"))
    return g_variant_new_bytestring (monkey.session);
  if (g_str_equal (name, "open-recent-model")) {
    g_autofree char *folder = sample ("models", pick (models));
    return g_variant_new_bytestring (folder);
  }
  return NULL; /* paths: of files that there are not */
}

static void
action (void)
{
  g_auto (GStrv) names = g_action_group_list_actions (G_ACTION_GROUP (monkey.window));
  const char *name = names[g_rand_int_range (monkey.dice, 0, (gint)g_strv_length (names))];
  const GVariantType *type
      = g_action_group_get_action_parameter_type (G_ACTION_GROUP (monkey.window), name);
  g_autoptr (GVariant) target = random_target (name, type);
  if (target != NULL)
    g_variant_ref_sink (target);
  if ((type != NULL && target == NULL)
      || !g_action_group_get_action_enabled (G_ACTION_GROUP (monkey.window), name))
    return;
  g_autofree char *said = target != NULL ? g_variant_print (target, FALSE) : g_strdup ("");
  monkey_doing ("action %s %s", name, said);
  g_action_group_activate_action (G_ACTION_GROUP (monkey.window), name, target);
}

static void
select_something (void)
{
  ScopeSession *session = scope_window_get_session (monkey.window);
  monkey_doing ("select");
  switch (g_rand_int_range (monkey.dice, 0, 6)) {
  case 0:
    scope_session_set_layer (session, g_rand_int_range (monkey.dice, 0, 12));
    break;
  case 1:
    scope_session_set_channel (session, g_rand_int_range (monkey.dice, 0, 600));
    break;
  case 2:
    scope_session_set_kind (session, g_rand_int_range (monkey.dice, 0, SCOPE_N_MATRICES));
    break;
  case 3:
    scope_session_set_theta (session, g_rand_double (monkey.dice) * 1e-2 + 1e-9);
    break;
  case 4:
    scope_session_set_norm (session, g_rand_int_range (monkey.dice, 0, SCOPE_N_NORMS));
    break;
  default:
    scope_session_set_palette (session, g_rand_int_range (monkey.dice, 0, SCOPE_N_PALETTES));
  }
}

static void
resize (void)
{
  int width = g_rand_int_range (monkey.dice, 320, 1500),
      height = g_rand_int_range (monkey.dice, 320, 950);
  monkey_doing ("resize %d x %d", width, height);
  gtk_window_set_default_size (GTK_WINDOW (monkey.window), width, height);
}

static void
restyle (void)
{
  static const int resolutions[] = { 96, 96, 120, 192 };
  int dpi = resolutions[g_rand_int_range (monkey.dice, 0, G_N_ELEMENTS (resolutions))];
  monkey_doing ("%d dpi, other style", dpi);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", dpi * 1024, NULL);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      chance (50) ? ADW_COLOR_SCHEME_FORCE_DARK
                                                  : ADW_COLOR_SCHEME_FORCE_LIGHT);
  gtk_widget_set_default_direction (chance (20) ? GTK_TEXT_DIR_RTL : GTK_TEXT_DIR_LTR);
}

/* --- views, files, windows
 * ------------------------------------------------------------------------
 */

static void
show_view (void)
{
  g_auto (GStrv) views = harness_views (monkey.window);
  const char *view = views[g_rand_int_range (monkey.dice, 0, (gint)g_strv_length (views))];
  monkey_doing ("view %s", view);
  scope_window_show_view (monkey.window, view);
}

void
monkey_open_sample (ScopeWindow *window)
{
  const char *model = pick (models), *text = pick (texts);
  monkey_doing ("open %s, %s", model, text);
  harness_open_sample (window, model, text);
}

static void
open_something (void)
{
  if (chance (70)) {
    monkey_open_sample (monkey.window);
  } else if (chance (50)) {
    monkey_doing ("save the session");
    scope_window_save_session (monkey.window, monkey.session);
  } else {
    monkey_doing ("open the session");
    scope_window_open_session (monkey.window, monkey.session);
  }
}

static GtkDropTarget *
drop_target (void)
{
  g_autoptr (GListModel) all = gtk_widget_observe_controllers (GTK_WIDGET (monkey.window));
  for (guint k = 0; k < g_list_model_get_n_items (all); k++) {
    g_autoptr (GtkEventController) one = g_list_model_get_item (all, k);
    if (GTK_IS_DROP_TARGET (one))
      return GTK_DROP_TARGET (one);
  }
  g_assert_not_reached ();
}

/* What the window is given once a file lies on it; test-drops.c has the way there. */
static void
drop (void)
{
  g_autofree char *path = chance (30)   ? g_strdup (monkey.session)
                          : chance (50) ? sample ("models", pick (models))
                                        : sample ("texts", pick (texts));
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GSList) list = g_slist_prepend (NULL, file);
  GValue value = G_VALUE_INIT;
  gboolean taken = FALSE;
  g_autofree char *name = g_path_get_basename (path);
  monkey_doing ("drop %s", name);
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_set_boxed (&value, list);
  g_signal_emit_by_name (drop_target (), "drop", &value, 300.0, 300.0, &taken);
  g_value_unset (&value);
}

/* Back and forth, faster than anything can follow. */
static void
undo_storm (void)
{
  int count = g_rand_int_range (monkey.dice, 1, 30);
  monkey_doing ("undo and redo, %d times", count);
  for (int k = 0; k < count; k++)
    g_action_group_activate_action (G_ACTION_GROUP (monkey.window), chance (60) ? "undo" : "redo",
                                    NULL);
}

/* It works when it is closed: the text is opened, or its map computed. */
static void
open_window (void)
{
  if (!is_alone ())
    return;
  monkey_doing ("another window");
  ScopeWindow *other = harness_window ();
  gpointer those[] = { other, scope_window_get_session (other) };
  for (guint k = 0; k < G_N_ELEMENTS (those); k++) {
    gpointer *weak = g_new (gpointer, 1);
    *weak = those[k];
    g_object_add_weak_pointer (those[k], weak);
    g_ptr_array_add (monkey.others, weak);
  }
  monkey_open_sample (other);
}

/* Dialogs are looked at, not used: a monkey in a file chooser may open anything. They are closed as
 * a user closes them, and what they ask about that is closed in its turn. */
void
monkey_close_others (void)
{
  g_autoptr (GListModel) all = g_object_ref (gtk_window_get_toplevels ());
  if (is_alone ())
    return;
  harness_run_for (80); /* a click on one of them is still on its way */
  for (guint tries = 0; tries < 100 && !is_alone (); tries++) {
    for (guint k = g_list_model_get_n_items (all); k-- > 0;) {
      g_autoptr (GtkWindow) other = g_list_model_get_item (all, k); /* or it went with its parent */
      if (other != NULL && other != GTK_WINDOW (monkey.window))
        gtk_window_close (other);
    }
    harness_run_for (20);
  }
  input_open (GTK_WINDOW (monkey.window)); /* they had the keyboard */
}

void
monkey_step (void)
{
  static const struct {
    void (*act) (void);
    int weight;
  } acts[] = { { move, 22 },
               { click, 16 },
               { drag, 5 },
               { wheel, 9 },
               { key, 15 },
               { action, 9 },
               { select_something, 4 },
               { resize, 1 },
               { restyle, 1 },
               { monkey_activate, 6 },
               { monkey_set_value, 4 },
               { monkey_use_dialog, 2 },
               { show_view, 3 },
               { open_something, 1 },
               { drop, 1 },
               { undo_storm, 1 },
               { open_window, 1 } };
  int at = g_rand_int_range (monkey.dice, 0, 101); /* of all weights */
  monkey.steps++;
  for (guint k = 0; k < G_N_ELEMENTS (acts); k++) {
    at -= acts[k].weight;
    if (at < 0) {
      acts[k].act ();
      break;
    }
  }
  harness_run_for ((guint)g_rand_int_range (monkey.dice, 1, 25));
  if (monkey.steps % 8 == 0)
    monkey_close_others ();
}
