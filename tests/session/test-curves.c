/* The decay curves before and after the filter, and what calibration aims at, on random models:
 * against runs of the same network made here. */
#include "session/curves.h"

#include <math.h>

#include "analysis/decay.h"
#include "loud.h"
#include "own-run.h"
#include "wait.h"

#define TOKENS 701 /* more than there are points */

typedef struct {
  ScopeSession *session;
  ScopeCurves *curves;
  char *folder, *text;
} Fixture;

static void
settle (Fixture *self)
{
  WAIT (!scope_session_get_busy (self->session));
}

static void
set_up (Fixture *self, gconstpointer family)
{
  guint32 seed = scope_test_seed (88123);

  self->folder = own_model (GPOINTER_TO_INT (family), seed);
  self->text = scope_test_ids (self->folder, "ids.json", seed, TOKENS, VOCAB, NULL);
  self->session = scope_session_new ();
  self->curves = scope_curves_new (self->session);
  g_signal_connect (self->session, "failed", G_CALLBACK (scope_test_fail), NULL);
}

static void
tear_down (Fixture *self, gconstpointer family)
{
  g_assert_finalize_object (self->curves);
  g_assert_finalize_object (self->session);
  g_free (self->folder);
  g_free (self->text);
}

static const ScopeCurvesView *
settled_view (Fixture *self)
{
  settle (self);
  g_assert_false (scope_inquiry_get_pending (SCOPE_INQUIRY (self->curves)));
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  g_assert_nonnull (view);
  g_assert_cmpuint (view->layer, ==, scope_session_get_layer (self->session));
  g_assert_false (view->preview);
  return view;
}

/* MATRIX is the curves of the layer in a run of SPEC made here, at the view's points, and SUMS its
 * ΣΔ. */
static void
assert_curves (Fixture *self, const ScopeCurvesView *view, const char *spec,
               const ScopeMatrix *matrix, const double *sums)
{
  g_autoptr (GError) error = NULL;
  g_auto (OwnRun) run = own_run (self->folder, self->text, spec);
  g_autoptr (ScopeLayerTrace) layer
      = scope_trace_layer (run.trace, view->layer, NULL, NULL, &error);
  g_autoptr (ScopeMatrix) all = scope_decay_curves (layer, NULL, &error);
  g_autoptr (ScopeMatrix) run_sums = scope_trace_sums (run.trace, view->layer);
  g_assert_no_error (error);
  for (gsize h = 0; h < view->channels; h++) {
    /* The run adds ΣΔ chunk by chunk, the layer's prefix token by token: both in double. */
    g_assert_cmpfloat_with_epsilon (sums[h], scope_matrix_get (run_sums, 0, h),
                                    1e-9 * sums[h] + 1e-12);
    for (gsize k = 0; k < view->points; k++)
      g_assert_cmpfloat (scope_matrix_get (matrix, k, h), ==,
                         scope_matrix_get (all, (gsize)view->x[k] - 1, h));
  }
}

/* Classes go by the table; a head's decay that is aimed at is A times its ΣΔ, and a filter that
 * drops tokens comes nearer to it. */
static void
assert_aim (Fixture *self, const ScopeCurvesView *view, gboolean heads)
{
  const ScopeLayerView *layer = scope_session_get_layer_view (self->session);

  for (gsize h = 0; h < view->channels; h++) {
    g_assert_cmpint (layer->channels[h].global, ==, view->class_ln[h] > view->ln_theta);
    g_assert_cmpfloat (view->target[h], >, 0);
    if (heads) /* one rate: decay and ΣΔ are one number; of the last point, that of the whole text
                */
      g_assert_cmpfloat_with_epsilon (
          view->aim_ln[h] / view->target[h],
          scope_matrix_get (view->after, view->points - 1, h) / view->sum_after[h], 1e-6);
    else
      g_assert_cmpfloat (view->aim_ln[h], ==, view->class_ln[h]);
  }
}

static void
test_curves (Fixture *self, gconstpointer family)
{
  gboolean heads = GPOINTER_TO_INT (family) == SCOPE_FAMILY_MAMBA2;

  scope_inquiry_set_active (SCOPE_INQUIRY (self->curves), TRUE);
  scope_session_open (self->session, self->folder, self->text);
  const ScopeCurvesView *view = settled_view (self);
  g_assert_cmpuint (view->train_length, ==, 40);
  g_assert_cmpuint (view->points, <, TOKENS);
  g_assert_cmpfloat (view->x[view->points - 1], ==, TOKENS);
  g_assert_null (view->before);
  assert_curves (self, view, "off", view->after, view->sum_after);
  assert_aim (self, view, heads);

  scope_session_set_theta (self->session, 1e-300);
  scope_session_set_filter_on (self->session, TRUE);
  scope_session_set_layer (self->session, 1);
  view = settled_view (self);
  g_assert_nonnull (view->before);
  g_assert_false (view->approximate); /* the unfiltered run is there still */
  g_assert_cmpfloat (view->ln_theta, ==, log (1e-300));
  assert_curves (self, view, "longmamba:theta=1e-300", view->after, view->sum_after);
  assert_curves (self, view, "off", view->before, view->sum_before);
  assert_aim (self, view, heads);
  double before = 0, after = 0;
  for (gsize h = 0; h < view->channels; h++) {
    before += fabs (log (view->sum_before[h] / view->target[h]));
    after += fabs (log (view->sum_after[h] / view->target[h]));
  }
  g_assert_cmpfloat (after, <, before);
}

/* Opened filtered: there is no unfiltered run, and the view says so. */
static void
test_approximate (Fixture *self, gconstpointer family)
{
  scope_inquiry_set_active (SCOPE_INQUIRY (self->curves), TRUE);
  scope_session_set_filter_on (self->session, TRUE);
  scope_session_open (self->session, self->folder, self->text);
  const ScopeCurvesView *view = settled_view (self);
  g_assert_nonnull (view->before);
  g_assert_true (view->approximate);
  /* What enters the first layer no filter has touched. */
  scope_session_set_theta (self->session, 1e-300);
  scope_session_set_layer (self->session, 0);
  view = settled_view (self);
  g_assert_true (view->approximate);
  assert_curves (self, view, "off", view->before, view->sum_before);
  assert_curves (self, view, "longmamba:theta=1e-300", view->after, view->sum_after);
}

static void
test_inactive (Fixture *self, gconstpointer family)
{
  scope_session_open (self->session, self->folder, self->text);
  settle (self);
  g_assert_null (scope_curves_get_view (self->curves));
  scope_inquiry_set_active (SCOPE_INQUIRY (self->curves), TRUE);
  settled_view (self);
  scope_inquiry_set_active (SCOPE_INQUIRY (self->curves), FALSE);
  gsize other = scope_session_get_layer (self->session) == 0;
  scope_session_set_layer (self->session, other);
  settle (self);
  g_assert_cmpuint (scope_curves_get_view (self->curves)->layer, ==, !other);
  scope_inquiry_set_active (SCOPE_INQUIRY (self->curves), TRUE);
  settled_view (self);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *self, gconstpointer family);
  } tests[] = { { "curves", test_curves },
                { "approximate", test_approximate },
                { "inactive", test_inactive } };

  g_test_init (&argc, &argv, NULL);
  SCOPE_TEST_ADD_FAMILIES ("/curves/", Fixture, set_up, tests, tear_down);
  return g_test_run ();
}
