/* What the inspector shows: a cell's terms, a channel's facts, what the filter does, what another Δ
 * would do; against sums, scans and passes of our own in double. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "compute/registry.h"
#include "session/dissect.h"
#include "session/effect.h"
#include "session/what-if.h"
#include "test-support.h"
#include "wait.h"

#define TOKENS 173
#define VOCAB  53
#define LAYERS 3
#define TRAIN  40

/* The session computes in single precision, we in double: values of size about 1, carried through
 * three layers. */
#define SINGLE 2e-4

typedef struct {
  ScopeSession *session;
  char *folder, *text, *failed;
  /* The same text in double, without a session. */
  ScopeModel *model;
  const ScopeConfig *config;
  ScopeBackend *backend;
  ScopeSchedule *schedule;
  ScopeTrace *trace;
  gint32 ids[TOKENS];
} Fixture;

static void
on_failed (ScopeSession *session, const char *message, Fixture *self)
{
  g_free (self->failed);
  self->failed = g_strdup (message);
}

static void
settle (Fixture *self)
{
  WAIT (!scope_session_get_busy (self->session));
  g_assert_cmpstr (self->failed, ==, NULL);
}

static ScopeTrace *
run_own (Fixture *self, ScopePlan *plan)
{
  g_autoptr (GError) error = NULL;
  ScopeTrace *trace = scope_schedule_run (self->schedule, self->ids, TOKENS, plan,
                                          SCOPE_RUN_KEEP_RESIDUAL, NULL, &error);
  g_assert_no_error (error);
  return trace;
}

static void
set_up (Fixture *self, gconstpointer family)
{
  guint32 seed = scope_test_seed (40313);
  const ScopeRandomModel shape = { .family = GPOINTER_TO_INT (family),
                                   .vocab_size = VOCAB,
                                   .n_layer = LAYERS,
                                   .train_length = TRAIN,
                                   .seed = seed };
  self->folder = scope_test_random_model (&shape);
  self->text = scope_test_ids (self->folder, "ids.json", seed, TOKENS, 37, self->ids);
  self->model = scope_model_open (self->folder, NULL, NULL);
  self->config = scope_model_config (self->model);
  self->backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_REFERENCE, NULL);
  self->schedule = scope_schedule_new (self->model, self->backend, NULL, NULL);
  self->trace = run_own (self, NULL);
  self->session = scope_session_new ();
  g_signal_connect (self->session, "failed", G_CALLBACK (on_failed), self);
  scope_session_open (self->session, self->folder, self->text);
  settle (self);
}

static void
tear_down (Fixture *self, gconstpointer family)
{
  g_assert_finalize_object (self->session);
  scope_trace_unref (self->trace);
  scope_schedule_unref (self->schedule);
  scope_backend_close (self->backend);
  scope_model_unref (self->model);
  g_free (self->folder);
  g_free (self->text);
  g_free (self->failed);
}

static const ScopeMatrix *
part (ScopeLayerTrace *layer, ScopeLayerPart which)
{
  g_autoptr (GError) error = NULL;
  const ScopeMatrix *matrix = scope_layer_trace_matrix (layer, which, &error);
  g_assert_no_error (error);
  return matrix;
}

static ScopeLayerTrace *
own_layer (Fixture *self, gsize layer)
{
  ScopeLayerTrace *trace = scope_trace_layer (self->trace, layer, NULL, NULL, NULL);
  g_assert_nonnull (trace);
  return trace;
}

/* --- a cell -------------------------------------------------------------------------------------
 */

/* One state's term, the decay multiplied up step by step. */
static double
own_term (Fixture *self, ScopeLayerTrace *layer, gsize channel, gsize i, gsize j, gsize n)
{
  const ScopeMatrix *delta = part (layer, SCOPE_LAYER_DELTA), *a = part (layer, SCOPE_LAYER_A);
  gsize state = channel / (self->config->channels / self->config->groups) * self->config->d_state;
  double term = scope_matrix_get (part (layer, SCOPE_LAYER_C), i, state + n)
                * scope_matrix_get (part (layer, SCOPE_LAYER_B), j, state + n)
                * scope_matrix_get (delta, j, channel);
  double rate = scope_matrix_get (a, channel, MIN (n, scope_matrix_columns (a) - 1));
  for (gsize t = j + 1; t <= i; t++)
    term *= exp (rate * scope_matrix_get (delta, t, channel));
  return term;
}

static double
assert_terms (Fixture *self, const ScopeDissectView *view)
{
  g_autoptr (ScopeLayerTrace) layer = own_layer (self, view->layer);
  double sum = 0, largest = 0;
  g_assert_cmpuint (view->cell.states, ==, self->config->d_state);
  for (gsize n = 0; n < view->cell.states; n++)
    largest = fmax (largest, fabs (view->cell.term[n]));
  for (gsize n = 0; n < view->cell.states; n++) {
    double own = view->column <= view->row
                     ? own_term (self, layer, view->channel, view->row, view->column, n)
                     : 0;
    g_assert_cmpfloat (fabs (view->cell.term[n] - own), <=, SINGLE * largest);
    sum += view->cell.term[n];
  }
  /* Both are doubles summed in the same order. */
  g_assert_cmpfloat (fabs (sum + view->skip - view->sum), <=, 1e-12 * largest);
  return largest;
}

static void
test_cell (Fixture *self, gconstpointer family)
{
  static const gsize cells[][2] = { { 120, 7 }, { 50, 50 }, { 172, 0 }, { 3, 9 } };
  g_autoptr (ScopeDissect) dissect = scope_dissect_new (self->session);
  g_assert_null (scope_dissect_get_cell (dissect));
  scope_dissect_set_active (dissect, TRUE);
  for (guint k = 0; k < G_N_ELEMENTS (cells); k++)
    for (ScopeMatrixKind kind = SCOPE_MATRIX_S6; kind <= SCOPE_MATRIX_FULL; kind++) {
      scope_session_set_kind (self->session, kind);
      scope_session_set_cursor (self->session, cells[k][0], cells[k][1]);
      settle (self);
      const ScopeDissectView *view = scope_dissect_get_cell (dissect);
      g_assert_nonnull (view);
      assert_terms (self, view);
      /* The tile is in single precision. */
      g_assert_cmpfloat (scope_dissect_error (view), <, 1e-5);
      gboolean skips = kind == SCOPE_MATRIX_SKIP && cells[k][0] == cells[k][1];
      g_assert_cmpint (view->skip != 0, ==, skips);
    }
  scope_session_set_cursor (self->session, G_MAXSIZE, G_MAXSIZE);
  g_assert_null (scope_dissect_get_cell (dissect));
  g_assert_null (scope_dissect_latex (dissect));
}

/* While nobody looks nothing is asked for. */
static void
test_inactive (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeDissect) dissect = scope_dissect_new (self->session);
  scope_session_set_cursor (self->session, 90, 20);
  g_assert_false (scope_session_get_busy (self->session));
  g_assert_true (isnan (scope_dissect_get_cell (dissect)->map_value));
  scope_dissect_set_active (dissect, TRUE);
  settle (self);
  g_assert_false (isnan (scope_dissect_get_cell (dissect)->map_value));
}

/* The number that begins at *TEXT, "1.2" or "(-1.2\times 10^{-5})"; *TEXT is left behind it. */
static double
latex_number (const char **text)
{
  gboolean guarded = **text == '(';
  char *end = NULL;
  *text += guarded;
  double value = g_ascii_strtod (*text, &end);
  g_assert_true (end != *text);
  if (g_str_has_prefix (end, "\\times 10^{")) {
    value *= pow (10, (double)g_ascii_strtoll (end + strlen ("\\times 10^{"), &end, 10));
    g_assert_true (*end++ == '}');
  }
  g_assert_true (!guarded || *end == ')');
  *text = end + guarded;
  return value;
}

/* The value of one line of the sum: factors with dots between. */
static double
latex_product (const char *text)
{
  static const char dot[] = " \\cdot ";
  double product = latex_number (&text);
  while (g_str_has_prefix (text, dot)) {
    text += strlen (dot);
    product *= latex_number (&text);
  }
  return product;
}

static void
test_copies (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeDissect) dissect = scope_dissect_new (self->session);
  scope_session_set_kind (self->session, SCOPE_MATRIX_SKIP);
  scope_session_set_cursor (self->session, 50, 50);
  const ScopeDissectView *view = scope_dissect_get_cell (dissect);
  double largest = assert_terms (self, view), sum = 0;
  g_autofree char *latex = scope_dissect_latex (dissect);
  g_auto (GStrv) lines = g_strsplit (latex, "\n", -1);
  guint last = g_strv_length (lines) - 3; /* before \end{align*} and the end of the file */
  g_assert_true (g_str_has_prefix (lines[0], "% "));
  g_assert_cmpstr (lines[1], ==, "\\begin{align*}");
  g_assert_nonnull (strstr (lines[2], "\\alpha_{50,50} &= \\sum_{n=1}^{"));
  g_assert_cmpstr (lines[last + 1], ==, "\\end{align*}");
  for (guint k = 3; k < last; k++) {
    const char *number = strpbrk (strpbrk (lines[k], "+x"), " ") + 1;
    sum += latex_product (number);
  }
  const char *total = strstr (lines[last], "\\approx ") + strlen ("\\approx ");
  /* Four digits a factor, four factors, and some tens of terms. */
  g_assert_cmpfloat (fabs (sum - view->sum), <=, 1e-2 * fmax (largest, fabs (view->skip)));
  g_assert_cmpfloat (fabs (latex_number (&total) - view->sum), <=, 1e-3 * fabs (view->sum));

  g_autofree char *csv = scope_dissect_csv (dissect);
  g_auto (GStrv) rows = g_strsplit (csv, "\n", -1);
  g_assert_cmpstr (rows[0], ==, "state,A,C,decay,delta,B,term");
  for (gsize n = 0; n < view->cell.states; n++) {
    g_auto (GStrv) fields = g_strsplit (rows[n + 1], ",", -1);
    double number[7];
    for (guint k = 0; k < 7; k++)
      number[k] = g_ascii_strtod (fields[k], NULL);
    g_assert_cmpfloat (number[0], ==, (double)n + 1);
    /* Written so that it reads back to the bit. */
    g_assert_cmpfloat (number[6], ==, view->cell.term[n]);
    g_assert_cmpfloat (fabs (number[2] * number[3] * number[4] * number[5] - number[6]), <=,
                       1e-14 * largest);
  }
  g_autofree char *json = scope_dissect_json (dissect);
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_assert_cmpint (
      json_array_get_length (json_object_get_array_member (json_node_get_object (root), "states")),
      ==, (int)view->cell.states);
  g_assert_cmpfloat (json_object_get_double_member (json_node_get_object (root), "value"), ==,
                     view->sum);
}

/* --- a channel ----------------------------------------------------------------------------------
 */

static void
test_channel (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeDissect) dissect = scope_dissect_new (self->session);
  g_autoptr (ScopeLayerTrace) layer = own_layer (self, scope_session_get_layer (self->session));
  const ScopeMatrix *delta = part (layer, SCOPE_LAYER_DELTA);
  gboolean rank[64] = { FALSE };
  for (gsize h = 0; h < self->config->channels; h++) {
    ScopeChannelFacts facts;
    double sum = 0;
    scope_session_set_channel (self->session, h);
    g_assert_true (scope_dissect_get_channel (dissect, &facts));
    for (gsize t = 0; t < TOKENS; t++)
      sum += scope_matrix_get (delta, t, h);
    g_assert_cmpfloat_with_epsilon (facts.sum_delta, sum, SINGLE * sum);
    g_assert_cmpfloat_with_epsilon (facts.mean_delta, sum / TOKENS, SINGLE * sum / TOKENS);
    g_assert_cmpfloat (facts.rate_low, <=, facts.rate_high);
    g_assert_cmpfloat (facts.rate_high, <=, 0);
    g_assert_cmpuint (facts.stats.channel, ==, h);
    g_assert_cmpint (facts.stats.global, ==, facts.class_decay > facts.ln_theta);
    g_assert_cmpuint (facts.rank, >=, 1);
    g_assert_cmpuint (facts.rank, <=, facts.channels);
    g_assert_false (rank[facts.rank]); /* no two of a random model's channels decay alike */
    rank[facts.rank] = TRUE;
  }
  settle (self);
}

/* --- what the filter does -----------------------------------------------------------------------
 */

static ScopeMatrix *
own_logits (Fixture *self, ScopePlan *plan)
{
  g_autoptr (ScopeTrace) trace = run_own (self, plan);
  ScopeMatrix *logits = scope_trace_logits (trace, 0, TOKENS, NULL, NULL);
  g_assert_nonnull (logits);
  return logits;
}

static double
log_total (const ScopeMatrix *logits, gsize row)
{
  double sum = 0;
  for (gsize v = 0; v < scope_matrix_columns (logits); v++)
    sum += exp (scope_matrix_get (logits, row, v));
  return log (sum);
}

static double
own_perplexity (Fixture *self, const ScopeMatrix *logits, gsize scored)
{
  double sum = 0;
  for (gsize t = TOKENS - 1 - scored; t < TOKENS - 1; t++)
    sum += log_total (logits, t) - scope_matrix_get (logits, t, (gsize)self->ids[t + 1]);
  return exp (sum / (double)scored);
}

static void
assert_outcome (Fixture *self, const ScopeOutcome *outcome, const ScopeMatrix *logits)
{
  gsize best = 0, last = TOKENS - 1;
  g_assert_cmpuint (outcome->vocab, ==, scope_matrix_columns (logits));
  for (gsize v = 0; v < outcome->vocab; v++) {
    double own = scope_matrix_get (logits, last, v);
    g_assert_cmpfloat (fabs (outcome->logits[v] - own), <, SINGLE * 10);
    best = own > scope_matrix_get (logits, last, best) ? v : best;
  }
  g_assert_cmpint (outcome->next.other[0], ==, (gint32)best);
  double p = exp (scope_matrix_get (logits, last, best) - log_total (logits, last));
  g_assert_cmpfloat (fabs (outcome->next.other_probability[0] - p), <, SINGLE * 10);
  g_assert_cmpuint (outcome->scored, ==, 100);
  g_assert_cmpfloat (
      fabs (log (outcome->perplexity / own_perplexity (self, logits, outcome->scored))), <,
      SINGLE * 10);
}

static void
assert_change (const ScopeOutcome *before, const ScopeOutcome *after, const ScopeMatrix *was,
               const ScopeMatrix *is)
{
  ScopeOutcomeChange change = scope_outcome_change (before, after);
  double most = 0, kl = 0, total_was = log_total (was, TOKENS - 1);
  double total_is = log_total (is, TOKENS - 1);
  for (gsize v = 0; v < before->vocab; v++) {
    double x = scope_matrix_get (was, TOKENS - 1, v), y = scope_matrix_get (is, TOKENS - 1, v);
    most = fmax (most, fabs (y - x));
    kl += exp (x - total_was) * ((x - total_was) - (y - total_is));
  }
  g_assert_cmpfloat (most, >, 0);
  g_assert_cmpfloat (fabs (change.logit - most), <, SINGLE * 10);
  g_assert_cmpfloat (fabs (change.kl - kl), <, SINGLE * 10);
}

/* The plan that the session's filter makes, for passes of our own. */
static ScopePlan *
own_plan (Fixture *self, const char *spec)
{
  g_autoptr (ScopeFilterContext) context = scope_filter_context_new (self->schedule, 0);
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, NULL);
  ScopePlan *plan = NULL;
  g_assert_true (scope_filter_plan (filter, context, self->ids, TOKENS, &plan, NULL, NULL));
  g_assert_nonnull (plan);
  return plan;
}

static void
assert_channels (Fixture *self, const ScopeEffectView *view, ScopePlan *plan)
{
  g_autoptr (ScopeTrace) filtered = run_own (self, plan);
  g_autoptr (ScopeMatrix) before = scope_trace_sums (self->trace, view->layer);
  g_autoptr (ScopeMatrix) after = scope_trace_sums (filtered, view->layer);
  gboolean dropped = FALSE;
  g_assert_cmpuint (view->n_channels, ==, self->config->channels);
  for (gsize h = 0; h < view->n_channels; h++) {
    const ScopeEffectChannel *channel = &view->channels[h];
    double was = scope_matrix_get (before, 0, h), is = scope_matrix_get (after, 0, h);
    g_assert_cmpfloat_with_epsilon (channel->before, was, SINGLE * was);
    g_assert_cmpfloat_with_epsilon (channel->after, is, SINGLE * was);
    g_assert_cmpfloat_with_epsilon (channel->kept * TOKENS, scope_matrix_get (after, 1, h), 1e-6);
    g_assert_cmpfloat (channel->target, >, 0);
    dropped |= channel->kept < 1;
  }
  g_assert_true (dropped);
}

static void
test_effect (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeEffect) effect = scope_effect_new (self->session);
  g_autoptr (ScopePlan) plan = own_plan (self, "longmamba");
  gsize layer = scope_session_get_layer (self->session);
  g_autoptr (ScopePlan) alone = scope_plan_only_layer (plan, layer);
  g_autoptr (ScopeMatrix) off = own_logits (self, NULL);
  g_autoptr (ScopeMatrix) one = own_logits (self, alone);
  g_autoptr (ScopeMatrix) all = own_logits (self, plan);

  scope_effect_set_active (effect, TRUE);
  g_assert_cmpint (scope_effect_get_state (effect), ==, SCOPE_EFFECT_OFF);
  scope_session_set_filter_on (self->session, TRUE);
  g_assert_cmpint (scope_effect_get_state (effect), ==, SCOPE_EFFECT_WAITING);
  settle (self);
  g_assert_cmpint (scope_effect_get_state (effect), ==, SCOPE_EFFECT_READY);
  const ScopeEffectView *view = scope_effect_get_view (effect);
  g_assert_cmpuint (view->layer, ==, layer);
  assert_outcome (self, view->before, off);
  assert_outcome (self, view->layer_only, one);
  assert_outcome (self, view->all, all);
  assert_change (view->before, view->layer_only, off, one);
  assert_change (view->before, view->all, off, all);
  assert_channels (self, view, plan);

  scope_session_set_layer (self->session, (layer + 1) % LAYERS);
  settle (self);
  g_assert_cmpuint (scope_effect_get_view (effect)->layer, ==, (layer + 1) % LAYERS);
  scope_session_set_filter_on (self->session, FALSE);
  g_assert_cmpint (scope_effect_get_state (effect), ==, SCOPE_EFFECT_OFF);
  g_assert_null (scope_effect_get_view (effect));
  settle (self);
  const ScopeEffectView *idle = scope_effect_get_view (effect); /* what it would aim at */
  g_assert_null (idle->all);
  g_assert_cmpfloat (idle->channels[0].target, >, 0);
  g_assert_cmpfloat (idle->channels[0].before, ==, idle->channels[0].after);
}

/* A filter that takes tokens out of the text: there is a next token, but nothing says how well the
 * last ones were foretold. */
static void
test_effect_dropping (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeEffect) effect = scope_effect_new (self->session);
  g_autoptr (ScopeWhatIf) what_if = scope_what_if_new (self->session);
  scope_effect_set_active (effect, TRUE);
  scope_what_if_set_active (what_if, TRUE);
  g_assert_true (scope_session_set_filter (self->session, "decimamba", NULL));
  scope_session_set_filter_on (self->session, TRUE);
  settle (self);
  const ScopeEffectView *view = scope_effect_get_view (effect);
  g_assert_cmpint (scope_effect_get_state (effect), ==, SCOPE_EFFECT_READY);
  g_assert_false (isnan (view->before->perplexity));
  g_assert_true (isnan (view->all->perplexity));
  g_assert_cmpuint (view->all->scored, ==, 0);
  g_assert_nonnull (view->all->piece[0]);
  g_assert_nonnull (scope_what_if_obstacle (what_if));
  scope_what_if_set_token (what_if, 20);
  scope_what_if_set_factor (what_if, 2);
  settle (self);
  g_assert_null (scope_what_if_get_network (what_if));
}

/* --- what if ------------------------------------------------------------------------------------
 */

/* y of one lane by the recurrence, with FACTOR on Δ of one token. */
static void
own_scan (Fixture *self, ScopeLayerTrace *layer, gsize channel, gsize lane, gsize token,
          double factor, double *y)
{
  const ScopeConfig *config = self->config;
  const ScopeMatrix *a = part (layer, SCOPE_LAYER_A);
  gsize e = channel * config->lanes + lane, states = config->d_state;
  gsize group = channel / (config->channels / config->groups) * states;
  g_autofree double *state = g_new0 (double, states);
  for (gsize t = 0; t < TOKENS; t++) {
    double delta = scope_matrix_get (part (layer, SCOPE_LAYER_DELTA), t, channel);
    double u = scope_matrix_get (part (layer, SCOPE_LAYER_U), t, e);
    delta *= t == token ? factor : 1;
    y[t] = u * scope_matrix_get (part (layer, SCOPE_LAYER_D), 0, channel);
    for (gsize n = 0; n < states; n++) {
      double rate = scope_matrix_get (a, channel, MIN (n, scope_matrix_columns (a) - 1));
      double b = scope_matrix_get (part (layer, SCOPE_LAYER_B), t, group + n);
      state[n] = exp (rate * delta) * state[n] + delta * b * u;
      y[t] += scope_matrix_get (part (layer, SCOPE_LAYER_C), t, group + n) * state[n];
    }
  }
}

/* |y' - y| / |y| of the channel from the token on. */
static double
own_output (Fixture *self, ScopeLayerTrace *layer, gsize channel, gsize token, double factor)
{
  double change = 0, size = 0, was[TOKENS], is[TOKENS];
  for (gsize lane = 0; lane < self->config->lanes; lane++) {
    own_scan (self, layer, channel, lane, token, 1, was);
    own_scan (self, layer, channel, lane, token, factor, is);
    for (gsize t = 0; t < TOKENS; t++) {
      if (t < token)
        g_assert_cmpfloat (was[t], ==, is[t]);
      change += t < token ? 0 : (is[t] - was[t]) * (is[t] - was[t]);
      size += t < token ? 0 : was[t] * was[t];
    }
  }
  return sqrt (change / size);
}

static void
assert_layer (Fixture *self, const ScopeWhatIfLayer *got, gsize token, double factor)
{
  g_autoptr (ScopeLayerTrace) layer = own_layer (self, got->layer);
  double delta = scope_matrix_get (part (layer, SCOPE_LAYER_DELTA), token, got->channel);
  double most = 0;
  g_assert_cmpuint (got->token, ==, token);
  g_assert_cmpfloat_with_epsilon (got->delta_before, delta, SINGLE * delta);
  g_assert_cmpfloat_with_epsilon (got->delta_after, delta * factor, SINGLE * 3 * delta);
  for (gsize i = token; i < TOKENS; i++) {
    double cell = 0;
    for (gsize n = 0; n < self->config->d_state; n++)
      cell += own_term (self, layer, got->channel, i, token, n);
    most = fmax (most, fabs (cell));
  }
  /* What the token wrote decays as before: its column is the factor's multiple. */
  g_assert_cmpfloat_with_epsilon (got->column_before, most, SINGLE * most);
  g_assert_cmpfloat_with_epsilon (got->column_after, factor * most, SINGLE * 3 * most);
  double own = own_output (self, layer, got->channel, token, factor);
  g_assert_cmpfloat_with_epsilon (got->output, own, SINGLE * 10 * fmax (own, 1));
  g_assert_cmpfloat (got->output_all, >, 0);
  /* Only one of the channels has another output. */
  if (self->config->channels > 1)
    g_assert_cmpfloat (got->output_all, <, got->output);
}

static void
assert_network (Fixture *self, const ScopeWhatIfNetwork *got, const ScopePlanEdit *edit,
                ScopePlan *base)
{
  g_autoptr (ScopePlan) plan = scope_plan_edited (base, edit, LAYERS, self->config->channels);
  g_autoptr (ScopeMatrix) was = own_logits (self, base);
  g_autoptr (ScopeMatrix) is = own_logits (self, plan);
  assert_outcome (self, got->before, was);
  assert_outcome (self, got->after, is);
  assert_change (got->before, got->after, was, is);
}

static void
test_what_if (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeWhatIf) what_if = scope_what_if_new (self->session);
  static const double factors[] = { 3, 0, 0.25 };
  gsize channel = self->config->channels - 1;

  scope_session_set_channel (self->session, channel);
  scope_session_set_cursor (self->session, 150, 140);
  settle (self);
  scope_what_if_set_active (what_if, TRUE);
  g_assert_cmpuint (scope_what_if_get_token (what_if), ==, 140);
  g_assert_false (scope_session_get_busy (self->session)); /* nothing is changed */
  for (guint k = 0; k < G_N_ELEMENTS (factors); k++) {
    scope_what_if_set_factor (what_if, factors[k]);
    scope_session_set_cursor (self->session, 60, 1); /* the token is held */
    settle (self);
    const ScopePlanEdit edit = { .layer = scope_session_get_layer (self->session),
                                 .token = 140,
                                 .channel = channel,
                                 .factor = factors[k],
                                 .value = NAN };
    assert_layer (self, scope_what_if_get_layer (what_if), 140, factors[k]);
    assert_network (self, scope_what_if_get_network (what_if), &edit, NULL);
  }
  scope_what_if_reset (what_if);
  g_assert_null (scope_what_if_get_layer (what_if));
  g_assert_null (scope_what_if_get_network (what_if));
  g_assert_cmpuint (scope_what_if_get_token (what_if), ==, 1);
  settle (self);
}

/* Filters that scale Δ, or have another A, see the edited Δ as well. */
static void
test_what_if_shaped (Fixture *self, gconstpointer family)
{
  static const char *const specs[] = { "mambaextend", "mamba-modulation" };
  g_autoptr (ScopeWhatIf) what_if = scope_what_if_new (self->session);
  scope_what_if_set_active (what_if, TRUE);
  scope_session_set_filter_on (self->session, TRUE);
  scope_what_if_set_token (what_if, 120);
  scope_what_if_set_factor (what_if, 6);
  for (guint k = 0; k < G_N_ELEMENTS (specs); k++) {
    g_autoptr (ScopePlan) plan = own_plan (self, specs[k]);
    g_assert_true (scope_session_set_filter (self->session, specs[k], NULL));
    settle (self);
    const ScopePlanEdit edit = { .layer = scope_session_get_layer (self->session),
                                 .token = 120,
                                 .channel = scope_session_get_channel (self->session),
                                 .factor = 6,
                                 .value = NAN };
    const ScopeWhatIfLayer *layer = scope_what_if_get_layer (what_if);
    g_assert_cmpfloat_with_epsilon (layer->delta_after, 6 * layer->delta_before,
                                    SINGLE * layer->delta_after);
    assert_network (self, scope_what_if_get_network (what_if), &edit, plan);
  }
}

/* All channels of the layer, to one value, under a filter. */
static void
test_what_if_filtered (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeWhatIf) what_if = scope_what_if_new (self->session);
  g_autoptr (ScopePlan) plan = own_plan (self, "longmamba");

  scope_what_if_set_active (what_if, TRUE);
  scope_session_set_filter_on (self->session, TRUE);
  scope_what_if_set_token (what_if, 99);
  scope_what_if_set_all_channels (what_if, TRUE);
  scope_what_if_set_value (what_if, 1.5);
  settle (self);
  const ScopePlanEdit edit = { .layer = scope_session_get_layer (self->session),
                               .token = 99,
                               .channel = G_MAXSIZE,
                               .factor = 1,
                               .value = 1.5 };
  g_assert_cmpfloat_with_epsilon (scope_what_if_get_layer (what_if)->delta_after, 1.5, 1e-5);
  assert_network (self, scope_what_if_get_network (what_if), &edit, plan);
  scope_what_if_set_value (what_if, -1); /* none of these is a Δ or a token */
  scope_what_if_set_factor (what_if, NAN);
  scope_what_if_set_factor (what_if, 1e9);
  scope_what_if_set_token (what_if, TOKENS);
  g_assert_cmpfloat (scope_what_if_get_value (what_if), ==, 1.5);
  g_assert_cmpfloat (scope_what_if_get_factor (what_if), ==, 1);
  g_assert_cmpuint (scope_what_if_get_token (what_if), ==, 99);
  settle (self);
}

/* Many changes in a row end at the last; undo takes them back. */
static void
test_what_if_undo (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeWhatIf) what_if = scope_what_if_new (self->session);
  scope_what_if_set_active (what_if, TRUE);
  scope_session_set_cursor (self->session, 150, 33);
  for (int k = 0; k <= 40; k++) {
    scope_what_if_set_factor (what_if, 1 + k / 10.0);
    if (k % 5 == 0)
      g_main_context_iteration (NULL, FALSE);
  }
  settle (self);
  const ScopeWhatIfLayer *layer = scope_what_if_get_layer (what_if);
  g_assert_cmpfloat_with_epsilon (layer->delta_after, 5 * layer->delta_before,
                                  SINGLE * layer->delta_after);
  g_autofree char *undone = scope_session_undo (self->session);
  g_assert_nonnull (undone);
  g_assert_cmpfloat (scope_what_if_get_factor (what_if), ==, 1);
  g_assert_null (scope_what_if_get_layer (what_if));
  settle (self);
}

/* --- softmax ------------------------------------------------------------------------------------
 */

static void
test_softmax (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeDissect) dissect = scope_dissect_new (self->session);
  g_autoptr (ScopeWhatIf) what_if = scope_what_if_new (self->session);
  ScopeChannelFacts facts;
  scope_dissect_set_active (dissect, TRUE);
  scope_session_set_layer (self->session, 1);
  settle (self);
  scope_session_set_map (self->session, SCOPE_MATRIX_SOFTMAX, 1);
  scope_session_set_cursor (self->session, 80, 30);
  settle (self);
  const ScopeDissectView *view = scope_dissect_get_cell (dissect);
  g_autoptr (ScopeLayerTrace) layer = own_layer (self, 1);
  const ScopeSharedConfig *shared = &self->config->shared;
  gsize width = shared->head_dim, key = 1 / (shared->heads / shared->kv_heads);
  double total = 0, dot = 0;
  for (gsize j = 0; j <= 80; j++) {
    double product = 0;
    for (gsize l = 0; l < width; l++)
      product += scope_matrix_get (part (layer, SCOPE_LAYER_QUERY), 80, width + l)
                 * scope_matrix_get (part (layer, SCOPE_LAYER_KEY), j, key * width + l);
    total += exp (shared->scale * product);
    dot = j == 30 ? product : dot;
  }
  g_assert_cmpfloat_with_epsilon (view->softmax.dot, dot, SINGLE * fmax (1, fabs (dot)));
  g_assert_cmpfloat_with_epsilon (view->sum, exp (shared->scale * dot) / total, SINGLE);
  g_assert_cmpfloat (scope_dissect_error (view), <, 1e-5);
  g_autofree char *latex = scope_dissect_latex (dissect);
  g_assert_nonnull (strstr (latex, "\\alpha_{80,30}"));
  g_assert_false (scope_dissect_get_channel (dissect, &facts));
  g_assert_nonnull (scope_what_if_obstacle (what_if));
}

#define ADD(name, family, test)                                                                    \
  g_test_add ("/session/inspector/" name, Fixture, GINT_TO_POINTER (family), set_up, test,         \
              tear_down)
#define ADD_BOTH(name, test)                                                                       \
  ADD (name "/mamba", SCOPE_FAMILY_MAMBA, test);                                                   \
  ADD (name "/mamba2", SCOPE_FAMILY_MAMBA2, test)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_BOTH ("cell", test_cell);
  ADD_BOTH ("inactive", test_inactive);
  ADD_BOTH ("copies", test_copies);
  ADD_BOTH ("channel", test_channel);
  ADD_BOTH ("effect", test_effect);
  ADD_BOTH ("effect-dropping", test_effect_dropping);
  ADD_BOTH ("what-if", test_what_if);
  ADD_BOTH ("what-if-shaped", test_what_if_shaped);
  ADD_BOTH ("what-if-filtered", test_what_if_filtered);
  ADD_BOTH ("what-if-undo", test_what_if_undo);
  ADD ("softmax", SCOPE_FAMILY_ZAMBA2, test_softmax);
  return g_test_run ();
}
