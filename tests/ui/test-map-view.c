/* The map in a real window: what it says of a cell, how its view, range, pins and ε are undone,
 * that it stays quick and small at any length. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "harness.h"
#include "test-support.h"
#include "ui/map-view.h"

#define VOCAB 53

/* What is in sight is there, sampled or exact: at any length long before the proof is. */
static gboolean
is_there (ScopeMapView *map, ScopeSession *session)
{
  g_autofree char *badge
      = scope_session_get_overview (session) != NULL ? scope_map_view_get_badge (map) : NULL;
  return badge != NULL && !g_str_has_prefix (badge, "coarse");
}

typedef struct {
  ScopeWindow *window;
  ScopeSession *session;
  ScopeMapView *map;
} Fixture;

/* A window on a random model of one family with a random text of so many tokens. */
static void
open_random (Fixture *self, gsize tokens)
{
  guint32 seed = scope_test_seed (77123);
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2,
                                   .vocab_size = VOCAB,
                                   .n_layer = 2,
                                   .train_length = 40,
                                   .seed = seed };
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autoptr (GString) json = g_string_new ("[0");
  g_autofree char *folder = scope_test_random_model (&shape);
  g_autofree char *path = g_build_filename (folder, "ids.json", NULL);
  g_autofree char *text = g_strconcat ("@", path, NULL);
  for (gsize k = 1; k < tokens; k++)
    g_string_append_printf (json, ",%d", g_rand_int_range (random, 0, VOCAB));
  g_string_append_c (json, ']');
  g_assert_true (g_file_set_contents (path, json->str, (gssize)json->len, NULL));
  self->window = SCOPE_WINDOW (scope_window_new (NULL));
  scope_window_set_transient_size (self->window, 1200, 800);
  gtk_window_present (GTK_WINDOW (self->window));
  self->session = scope_window_get_session (self->window);
  self->map = SCOPE_MAP_VIEW (harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_MAP_VIEW));
  scope_window_open (self->window, folder, text);
  HARNESS_AWAIT (is_there (self->map, self->session));
  harness_run_for (300);
}

/* --- what it says --------------------------------------------------------------------------------
 */

static void
test_words (void)
{
  Fixture self;
  double value;
  open_random (&self, 1100);
  harness_rest (self.window);
  g_assert_true (scope_session_cell (self.session, 700, 33, &value));
  g_autofree char *words = scope_map_view_describe_cell (self.map, 700, 33, FALSE);
  char digits[32];
  g_snprintf (digits, sizeof digits, "%.3g", fabs (value));
  g_assert_nonnull (strstr (words, "(700, 33) α = "));
  if (fabs (value) >= 1e-3 && fabs (value) < 1e5)
    g_assert_nonnull (strstr (words, digits));
  g_autofree char *fitted = scope_map_view_get_badge (self.map);
  g_assert_cmpstr (fitted, ==, "exact · 2 × 2");
  g_assert_cmpstr (scope_map_view_get_value_label (self.map), ==, "mean |α|");
  scope_map_view_go_to (self.map, 700, 33);
  harness_rest (self.window);
  g_autofree char *cells = scope_map_view_get_badge (self.map);
  g_assert_cmpstr (cells, ==, "exact · cells");
  g_assert_cmpstr (scope_map_view_get_value_label (self.map), ==, "α");
  harness_assert_gone (self.window);
}

static void
press (ScopeMapView *map, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (map), action, NULL));
  harness_run_for (60);
}

/* --- what is undone ------------------------------------------------------------------------------
 */

static char *
saved (Fixture *self, const char *name)
{
  g_autoptr (JsonObject) all = scope_history_save (scope_session_get_history (self->session));
  return json_to_string (json_object_get_member (all, name), FALSE);
}

static void
undo (Fixture *self)
{
  g_autofree char *label = scope_history_undo (scope_session_get_history (self->session));
  g_assert_nonnull (label);
  harness_run_for (60);
}

static void
test_undo (void)
{
  Fixture self;
  open_random (&self, 1100);
  g_autofree char *fitted = saved (&self, "map.view");
  g_assert_cmpstr (fitted, ==, "null");
  scope_map_view_zoom (self.map, 4);
  harness_run_for (60);
  g_autofree char *zoomed = saved (&self, "map.view");
  g_assert_cmpstr (zoomed, !=, "null");
  undo (&self);
  g_assert_true (scope_map_view_get_geometry (self.map)->fitted);

  scope_session_select (self.session, 500, 20);
  harness_run_for (60);
  press (self.map, "map.pin");
  g_autofree char *pinned = saved (&self, "map.pins");
  g_assert_cmpstr (pinned, ==, "[[500,20]]");
  press (self.map, "map.clear");
  g_autofree char *cleared = saved (&self, "map.pins");
  g_assert_cmpstr (cleared, ==, "[]");
  scope_history_break (scope_session_get_history (self.session));
  press (self.map, "map.pin");
  undo (&self);
  g_autofree char *before = saved (&self, "map.pins");
  g_assert_cmpstr (before, ==, "[]");
  harness_assert_gone (self.window);
}

/* --- what is shown, and what is selected --------------------------------------------------------
 */

static void
choose (Fixture *self, const char *action, const char *choice)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->map), action, "s", choice));
  harness_run_for (60);
  harness_rest (self->window);
}

static void
assert_command_says (Fixture *self, const char *words)
{
  g_autofree char *line = scope_session_view_command (self->session, "map");
  g_autoptr (ScopeRecipe) recipe = scope_session_recipe (self->session, SCOPE_FIGURE_MAP);
  g_autofree char *json = scope_recipe_to_json (recipe);
  g_auto (GStrv) option = g_strsplit (words, " ", 2);
  g_autofree char *member = g_strdup_printf ("\"%s\"", option[1]);
  if (strstr (line, words) == NULL)
    g_error ("%s: expected %s", line, words);
  if (strstr (json, member) == NULL)
    g_error ("%s: expected %s", json, member);
}

/* From the menu: the map, the command and the figure are then of that matrix and those blocks. */
static void
test_matrix (void)
{
  static const struct {
    ScopeMatrixKind kind;
    const char *name, *label;
  } matrices[] = { { SCOPE_MATRIX_SKIP, "skip", "mean |α + D I|" },
                   { SCOPE_MATRIX_FULL, "full", "mean |full map|" },
                   { SCOPE_MATRIX_S6, "s6", "mean |α|" } };
  Fixture self;
  open_random (&self, 1100);
  for (guint k = 0; k < G_N_ELEMENTS (matrices); k++) {
    g_autofree char *option = g_strconcat ("--matrix ", matrices[k].name, NULL);
    choose (&self, "scale.matrix", matrices[k].name);
    g_assert_cmpint (scope_session_get_kind (self.session), ==, matrices[k].kind);
    g_assert_cmpstr (scope_map_view_get_value_label (self.map), ==, matrices[k].label);
    assert_command_says (&self, option);
    scope_history_break (scope_session_get_history (self.session));
  }
  undo (&self);
  g_assert_cmpint (scope_session_get_kind (self.session), ==, SCOPE_MATRIX_FULL);
  choose (&self, "scale.matrix", "s6");
  choose (&self, "scale.reduce", "absmax");
  g_assert_cmpstr (scope_map_view_get_value_label (self.map), ==, "max |α|");
  assert_command_says (&self, "--reduce absmax");
  harness_assert_gone (self.window);
}

static void
test_selection (void)
{
  Fixture self;
  open_random (&self, 1100);
  scope_session_select (self.session, 500, 20);
  harness_run_for (60);
  press (self.map, "map.select");
  g_autofree char *cell = saved (&self, "map.selection");
  g_assert_cmpstr (cell, ==, "[500,501,20,21]");
  scope_history_break (scope_session_get_history (self.session));
  press (self.map, "map.clear");
  g_autofree char *none = saved (&self, "map.selection");
  g_assert_cmpstr (none, ==, "null");
  undo (&self);
  g_autofree char *again = saved (&self, "map.selection");
  g_assert_cmpstr (again, ==, cell);
  harness_assert_gone (self.window);
}

/* --- the colour bar ------------------------------------------------------------------------------
 */

static void
test_range (void)
{
  Fixture self;
  open_random (&self, 1100);
  GtkWidget *bar = harness_find (GTK_WIDGET (self.window), SCOPE_TYPE_COLOUR_BAR);
  const ScopeNorm *norm = scope_map_view_get_norm (self.map);
  double high = norm->high, low = norm->low;
  g_signal_emit_by_name (bar, "range-changed", 10 * low, high / 10);
  g_assert_cmpfloat (norm->low, ==, 10 * low);
  g_assert_cmpfloat (norm->high, ==, high / 10);
  /* A range that no norm can have changes nothing. */
  g_signal_emit_by_name (bar, "range-changed", high, low);
  g_assert_cmpfloat (norm->high, ==, high / 10);
  g_signal_emit_by_name (bar, "range-changed", NAN, NAN);
  g_assert_cmpfloat (norm->low, ==, low);
  for (ScopeNormKind kind = 0; kind < SCOPE_N_NORMS; kind++) {
    scope_session_set_norm (self.session, kind);
    harness_run_for (200); /* the sample of the rank norm */
    harness_rest (self.window);
    g_assert_cmpint (norm->kind, ==, kind);
    g_assert_cmpfloat (norm->low, <, norm->high);
    g_assert_cmpfloat (scope_norm_apply (norm, norm->high), >, 0.9);
  }
  g_signal_emit_by_name (bar, "epsilon-changed", 0.02);
  g_assert_cmpfloat (scope_session_get_epsilon (self.session), ==, 0.02);
  harness_assert_gone (self.window);
}

/* --- speed and size ------------------------------------------------------------------------------
 */

/* What the main thread computes between two waits for events; the time of the wall would count what
 * else the machine does. */
static double longest_turn, turn_begin;

static double
thread_seconds (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int
timed_poll (GPollFD *fds, guint count, int timeout)
{
  longest_turn = MAX (longest_turn, thread_seconds () - turn_begin);
  int ready = g_poll (fds, count, timeout);
  turn_begin = thread_seconds ();
  return ready;
}

static void
watch (gboolean on)
{
  longest_turn = 0;
  turn_begin = thread_seconds ();
  g_main_context_set_poll_func (NULL, on ? timed_poll : NULL);
}

static gsize
resident_bytes (void)
{
  g_autofree char *text = NULL;
  gsize pages = 0;
  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%*u %zu", &pages);
  return pages * 4096;
}

/* Zooms in and out, and pans, with a frame between two steps. */
static void
wander (Fixture *self, gsize length, guint steps)
{
  static const char *const actions[] = { "win.zoom-in", "win.zoom-out" };
  for (guint k = 0; k < steps; k++) {
    if (k % 3 == 2)
      scope_map_view_show_range (
          self->map,
          (ScopeRange){ length / 2, length / 2 + (length >> (k % 9)), 0, length >> (k % 9) });
    else
      gtk_widget_activate_action (GTK_WIDGET (self->map), actions[(k / 8) % 2], NULL);
    scope_session_set_cursor (self->session, length / 2 + k * 7, k * 11);
    harness_run_for (16);
  }
}

static void
test_quick (void)
{
  Fixture self;
  open_random (&self, 16384);
  wander (&self, 16384, 10); /* fonts and the like are loaded */
  watch (TRUE);
  wander (&self, 16384, 120);
  double zoom = longest_turn;
  watch (TRUE);
  scope_session_set_norm (self.session, SCOPE_NORM_SYMLOG);
  harness_run_for (300);
  double norm = longest_turn;
  watch (FALSE);
  g_test_message ("longest turn of the main loop: zoom and pan %.1f ms, another norm %.1f ms",
                  1e3 * zoom, 1e3 * norm);
#if !defined(__SANITIZE_ADDRESS__)
  g_assert_cmpfloat (zoom, <, 0.016);
  g_assert_cmpfloat (norm, <, 0.016);
#endif
  harness_assert_gone (self.window);
}

static void
test_long (void)
{
  Fixture self;
  gsize length = 131072;
  open_random (&self, length);
  g_assert_cmpfloat (scope_map_view_get_geometry (self.map)->length, ==, (double)length);
  wander (&self, length, 30);
  gsize before = resident_bytes ();
  wander (&self, length, 120);
  for (gsize at = 0; at + 2000 < length; at += 7919) {
    scope_map_view_go_to (self.map, at + 1999, at);
    harness_run_for (20);
  }
  HARNESS_AWAIT (is_there (self.map, self.session));
  g_autofree char *badge = scope_map_view_get_badge (self.map);
  g_assert_cmpstr (badge, ==, "exact · cells");
  /* Tiles and their pictures have 128 MiB; a picture of the whole would have 68 GB. */
  g_test_message ("131,072 tokens: %zu MiB, of which %zu since the first look",
                  resident_bytes () >> 20,
                  (resident_bytes () - MIN (before, resident_bytes ())) >> 20);
#if !defined(__SANITIZE_ADDRESS__)
  g_assert_cmpuint (resident_bytes (), <, before + ((gsize)192 << 20));
#endif
  harness_assert_gone (self.window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/ui/map/words", test_words);
  g_test_add_func ("/ui/map/undo", test_undo);
  g_test_add_func ("/ui/map/matrix", test_matrix);
  g_test_add_func ("/ui/map/selection", test_selection);
  g_test_add_func ("/ui/map/range", test_range);
  g_test_add_func ("/ui/map/quick", test_quick);
  g_test_add_func ("/ui/map/long", test_long);
  return g_test_run ();
}
