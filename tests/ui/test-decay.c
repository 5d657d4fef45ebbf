/* The Decay view: its numbers against mambascope-cli, and θ, which is dragged. */
#include <math.h>
#include <string.h>

#include "cli-values.h"
#include "harness.h"
#include "test-support.h"
#include "ui/decay-plot.h"
#include "ui/decay-view.h"
#include "ui/decay-words.h"
#include "ui/format.h"
#include "ui/theta-handle.h"

static void
test_words (void)
{
  static const struct {
    double ln;
    const char *words;
  } cases[] = {
    { 0, "1" },
    { -3.107568, "0.0447" },
    { -5 * G_LN10, "10⁻⁵" },
    { -42.9101 * G_LN10, "1.2×10⁻⁴³" },
    { -999.5 * G_LN10, "3.2×10⁻¹⁰⁰⁰" },
    { -4.0004 * G_LN10, "10⁻⁴" },
    { -INFINITY, "0" },
    { NAN, "–" },
  };
  for (guint k = 0; k < G_N_ELEMENTS (cases); k++) {
    g_autofree char *words = scope_decay_words (cases[k].ln);
    g_assert_cmpstr (words, ==, cases[k].words);
  }
}

typedef struct {
  ScopeWindow *window;
  ScopeSession *session;
  GtkWidget *view;
  ScopeDecayPlot *plot;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = harness_sample ("rescue-mamba2-5m", "pass-key.txt", "decay");
  self->session = scope_window_get_session (self->window);
  self->view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_DECAY_VIEW);
  self->plot = SCOPE_DECAY_PLOT (harness_find (self->view, SCOPE_TYPE_DECAY_PLOT));
  harness_run_for (300); /* the picture */
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  harness_assert_gone (self->window);
}

/* The last of a head's cumulative decays, from the command line under SPEC. */
static double
cli_decay (Fixture *self, const char *spec)
{
  gsize count, heads = scope_session_get_layer_view (self->session)->n_channels;
  g_autofree char *arguments
      = g_strdup_printf ("--filter %s --layer %zu", spec, scope_session_get_layer (self->session));
  g_autofree float *ln = cli_values ("decay", self->session, arguments, "d.npy", "d.npy", &count);
  return ln[count - heads + scope_session_get_channel (self->session)];
}

static double
cli_sum (Fixture *self, const char *spec)
{
  gsize count, heads = scope_session_get_layer_view (self->session)->n_channels;
  g_autofree char *arguments
      = g_strdup_printf ("--filter %s --layer %zu", spec, scope_session_get_layer (self->session));
  g_autofree float *delta
      = cli_values ("trace", self->session, arguments, "t", "t/delta.npy", &count);
  double sum = 0;
  for (gsize i = scope_session_get_channel (self->session); i < count; i += heads)
    sum += delta[i];
  return sum;
}

static void
assert_label (Fixture *self, char *words)
{
  if (harness_shown (self->view, words) == NULL)
    g_error ("no label says “%s”", words);
  g_free (words);
}

static void
test_numbers (Fixture *self, gconstpointer data)
{
  assert_label (self, scope_decay_words (cli_decay (self, "off")));
  assert_label (self, scope_format_value (cli_sum (self, "off")));
  g_assert_null (harness_shown (self->view, "before"));
  scope_session_set_filter_on (self->session, TRUE);
  harness_rest (self->window);
  assert_label (self, scope_decay_words (cli_decay (self, "off")));
  assert_label (self, scope_decay_words (cli_decay (self, "longmamba")));
  assert_label (self, scope_format_value (cli_sum (self, "off")));
  assert_label (self, scope_format_value (cli_sum (self, "longmamba")));
  g_assert_nonnull (harness_shown (self->view, "before"));
}

static gsize
count_global (Fixture *self)
{
  const ScopeLayerView *view = scope_session_get_layer_view (self->session);
  gsize count = 0;
  for (gsize h = 0; h < view->n_channels; h++)
    count += view->channels[h].global;
  return count;
}

static void
assert_says_global (Fixture *self, gsize count)
{
  assert_label (self, g_strdup_printf ("%zu of 8 heads global", count));
}

/* The line and the count of classes follow at once, the session when it rests, and then all agrees.
 */
static void
test_theta (Fixture *self, gconstpointer data)
{
  gsize before = count_global (self);
  double theta = scope_session_get_theta (self->session);
  assert_says_global (self, before);
  g_signal_emit_by_name (self->plot, "theta-moved", log (0.9));
  g_assert_cmpfloat (scope_decay_plot_get_ln_theta (self->plot), ==, log (0.9));
  g_assert_cmpfloat (scope_session_get_theta (self->session), ==, theta);
  g_assert_nonnull (harness_shown (self->view, "θ 0.9"));
  g_autofree char *old = g_strdup_printf ("%zu of 8 heads global", before);
  g_assert_null (harness_shown (self->view, old));
  harness_run_for (150);
  g_assert_cmpfloat_with_epsilon (scope_session_get_theta (self->session), 0.9, 1e-12);
  harness_rest (self->window);
  g_assert_cmpuint (count_global (self), <, before);
  assert_says_global (self, count_global (self));
  GtkWidget *handle = harness_find (self->view, SCOPE_TYPE_THETA_HANDLE);
  g_signal_emit_by_name (handle, "stepped", -10);
  g_assert_cmpfloat (scope_decay_plot_get_ln_theta (self->plot), <, log (0.9));
  harness_run_for (150);
  harness_rest (self->window);
  assert_says_global (self, count_global (self));
  g_signal_emit_by_name (handle, "stepped", 0);
  harness_rest (self->window);
  g_assert_cmpfloat (scope_session_get_theta (self->session), ==, theta);
  assert_says_global (self, before);
}

/* Many movements within the rest are one change, which is one step of the history. */
static void
notify_cb (ScopeSession *session, GParamSpec *pspec, guint *count)
{
  (*count)++;
}

static void
test_drag (Fixture *self, gconstpointer data)
{
  guint changes = 0;
  g_signal_connect (self->session, "notify::theta", G_CALLBACK (notify_cb), &changes);
  for (guint k = 0; k < 40; k++) {
    g_signal_emit_by_name (self->plot, "theta-moved", -1.0 - 0.05 * k);
    harness_run_for (5);
  }
  g_assert_cmpuint (changes, <=, 2); /* a slow machine may let it rest once */
  g_signal_emit_by_name (self->plot, "theta-dropped");
  harness_rest (self->window);
  g_assert_cmpfloat_with_epsilon (scope_session_get_theta (self->session), exp (-2.95), 1e-12);
  g_signal_handlers_disconnect_by_data (self->session, &changes);
}

/* A curve is found where it is drawn, and picking it selects its channel; with Ctrl it is chosen.
 */
static void
test_curves (Fixture *self, gconstpointer data)
{
  gsize count, tokens = scope_tokens_count (scope_session_get_tokens (self->session));
  g_autofree char *arguments
      = g_strdup_printf ("--layer %zu", scope_session_get_layer (self->session));
  g_autofree float *ln = cli_values ("decay", self->session, arguments, "d.npy", "d.npy", &count);
  gsize heads = count / tokens, found = 0;
  g_object_set (self->view, "show", 2, NULL);
  harness_run_for (300);
  for (gsize h = 0; h < heads; h++) {
    graphene_point_t at;
    gsize t = tokens / 20;
    g_assert_true (scope_decay_plot_place (self->plot, (double)(t + 1), ln[t * heads + h], &at));
    gsize nearest = scope_decay_plot_channel_at (self->plot, at.x, at.y);
    if (nearest != h)
      continue; /* below the axis, or another lies upon it */
    found++;
    g_signal_emit_by_name (self->plot, "channel-picked", (guint64)h, FALSE);
    g_assert_cmpuint (scope_session_get_channel (self->session), ==, h);
    g_autofree char *title = g_strdup_printf ("Head %zu", h);
    g_assert_nonnull (harness_shown (self->view, title));
  }
  g_assert_cmpuint (found, >=, 2);
  g_signal_emit_by_name (self->plot, "token-picked", (guint64)77);
  g_assert_cmpuint (scope_session_get_column (self->session), ==, 77);
  harness_rest (self->window);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "numbers", test_numbers },
    { "theta", test_theta },
    { "drag", test_drag },
    { "curves", test_curves },
  };
  harness_init (&argc, &argv);
  g_test_add_func ("/ui/decay/words", test_words);
  SCOPE_TEST_ADD_EACH ("/ui/decay/", Fixture, NULL, set_up, tests, tear_down);
  return g_test_run ();
}
