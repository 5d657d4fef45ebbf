/* What θ and C would do, as the window shows it, against channels that are measured here one by one
 * from a run of the same network; on random models of both families. */
#include "session/survey.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/calibrate.h"
#include "analysis/decay.h"
#include "loud.h"
#include "session/host.h"
#include "test-support.h"
#include "wait.h"

#define TOKENS 257
#define TRAIN  40
#define LAYERS 3
#define VOCAB  53

typedef struct {
  ScopeSession *session;
  ScopeSurvey *survey;
  char *folder, *text;
} Fixture;

static void
set_up (Fixture *self, gconstpointer family)
{
  guint32 seed = scope_test_seed (90210);
  const ScopeRandomModel shape = { .family = GPOINTER_TO_INT (family),
                                   .vocab_size = VOCAB,
                                   .n_layer = LAYERS,
                                   .train_length = TRAIN,
                                   .seed = seed };

  self->folder = scope_test_random_model (&shape);
  self->text = scope_test_ids (self->folder, "ids.json", seed, TOKENS, VOCAB, NULL);
  self->session = scope_session_new ();
  self->survey = scope_survey_new (self->session);
  g_signal_connect (self->session, "failed", G_CALLBACK (scope_test_fail), NULL);
}

static void
tear_down (Fixture *self, gconstpointer family)
{
  g_assert_finalize_object (self->survey);
  g_assert_finalize_object (self->session);
  g_free (self->folder);
  g_free (self->text);
}

static const ScopeSurveyView *
settled_view (Fixture *self)
{
  WAIT (!scope_session_get_busy (self->session));
  g_assert_false (scope_inquiry_get_pending (SCOPE_INQUIRY (self->survey)));
  return scope_survey_get_view (self->survey);
}

/* Mean share of kept tokens, and how many are global, of one layer of TRACE by the definition. C is
 * 0: nothing is clamped, and the first L tokens are the window as they are. */
static void
measure (ScopeTrace *trace, gsize index, double theta, gsize *global, double *kept)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, index, NULL, NULL, &error);
  g_autoptr (ScopeMatrix) decay = scope_decay_curves (layer, NULL, &error);
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, &error);

  g_assert_no_error (error);
  *global = 0;
  *kept = 0;
  for (gsize h = 0; h < scope_matrix_columns (delta); h++) {
    double window[TRAIN], target;
    gsize stay = 0;
    if (!(scope_matrix_get (decay, TRAIN - 1, h) > log (theta)))
      continue;
    for (gsize t = 0; t < TRAIN; t++)
      window[t] = scope_matrix_get (delta, t, h);
    target = scope_calibrate_clamp (window, TRAIN, 0);
    double g = scope_calibrate_threshold (window, TRAIN, target, TOKENS, NULL);
    for (gsize t = 0; t < TOKENS; t++)
      stay += scope_matrix_get (delta, t, h) > g;
    *kept += (double)stay / TOKENS;
    ++*global;
  }
}

static void
assert_rows (Fixture *self, const ScopeSurveyView *view)
{
  g_autoptr (GError) error = NULL;
  ScopeHost *host = scope_host_open (self->folder, "cpu", NULL, &error);
  g_autoptr (ScopeTokens) tokens = scope_model_read_text (host->model, self->text, &error);
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (host->schedule, scope_tokens_ids (tokens), TOKENS, NULL,
                            SCOPE_RUN_KEEP_RESIDUAL, NULL, &error);

  g_assert_no_error (error);
  for (gsize k = 0; k < SCOPE_SENSITIVITY_THETAS; k++) {
    gsize whole_global = 0;
    double whole_kept = 0;
    for (gsize l = 0; l < LAYERS; l++) {
      const ScopeSensitivity *row = scope_survey_row (view, l, 0, k);
      gsize global;
      double kept;
      measure (trace, l, scope_sensitivity_thetas[k], &global, &kept);
      g_assert_cmpuint (row->layer, ==, l);
      g_assert_cmpuint (row->global, ==, global);
      /* Shares of 257 are added in another order. */
      if (global > 0)
        g_assert_cmpfloat_with_epsilon (row->kept, kept / (double)global, 1e-12);
      whole_global += global;
      whole_kept += kept;
    }
    const ScopeSensitivity *all = scope_survey_row (view, LAYERS, 0, k);
    g_assert_cmpuint (all->layer, ==, SCOPE_SENSITIVITY_ALL);
    g_assert_cmpuint (all->global, ==, whole_global);
    if (whole_global > 0)
      g_assert_cmpfloat_with_epsilon (all->kept, whole_kept / (double)whole_global, 1e-12);
  }
  g_clear_pointer (&trace, scope_trace_unref);
  scope_host_unref (host);
}

static void
test_rows (Fixture *self, gconstpointer family)
{
  scope_inquiry_set_active (SCOPE_INQUIRY (self->survey), TRUE);
  scope_session_open (self->session, self->folder, self->text);
  const ScopeSurveyView *view = settled_view (self);

  g_assert_nonnull (view);
  g_assert_cmpuint (view->layers, ==, LAYERS);
  g_assert_cmpuint (view->tokens, ==, TOKENS);
  g_assert_cmpuint (view->train_length, ==, TRAIN);
  assert_rows (self, view);
  for (gsize c = 0; c < SCOPE_SENSITIVITY_TOPS; c++)
    for (gsize k = 1; k < SCOPE_SENSITIVITY_THETAS; k++)
      g_assert_cmpuint (scope_survey_row (view, LAYERS, c, k)->global, <=,
                        scope_survey_row (view, LAYERS, c, k - 1)->global);
}

/* What does not change it is not measured again; another text is. */
static void
test_follows (Fixture *self, gconstpointer family)
{
  g_autofree char *brief = scope_test_ids (self->folder, "brief.json", 7, TRAIN, VOCAB, NULL);

  scope_session_open (self->session, self->folder, self->text);
  g_assert_null (settled_view (self)); /* nobody looks */
  scope_inquiry_set_active (SCOPE_INQUIRY (self->survey), TRUE);
  const ScopeSurveyView *view = settled_view (self);
  g_assert_nonnull (view);
  scope_session_set_layer (self->session, (scope_session_get_layer (self->session) + 1) % LAYERS);
  g_assert_true (settled_view (self) == view);
  scope_session_set_filter_on (self->session, TRUE);
  g_assert_true (settled_view (self) == view);
  scope_session_open (self->session, self->folder, brief);
  view = settled_view (self);
  g_assert_nonnull (view);
  g_assert_cmpuint (view->tokens, ==, TRAIN);
  g_assert_null (view->rows);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const struct {
    const char *name;
    ScopeFamily family;
  } families[] = { { "mamba", SCOPE_FAMILY_MAMBA }, { "mamba2", SCOPE_FAMILY_MAMBA2 } };
  for (guint k = 0; k < G_N_ELEMENTS (families); k++) {
    g_autofree char *rows = g_strdup_printf ("/survey/%s/rows", families[k].name);
    g_autofree char *follows = g_strdup_printf ("/survey/%s/follows", families[k].name);
    gconstpointer family = GINT_TO_POINTER (families[k].family);
    g_test_add (rows, Fixture, family, set_up, test_rows, tear_down);
    g_test_add (follows, Fixture, family, set_up, test_follows, tear_down);
  }
  return g_test_run ();
}
