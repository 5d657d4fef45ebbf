/* Calibration of whole models, and the filters' plans, against their definitions over the model's
 * own Δ. */
#include <math.h>

#include "analysis-fixture.h"
#include "base/error.h"

#define WINDOW 37
#define TOKENS 211

/* Doubles summed in another order. */
#define CLOSE 1e-12

/* Δ of equal tokens, in float32: up to 128 roundings of it apart to either side of the cut, and all
 * on one. */
#define EQUAL 4e-5

static int
ascending (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The longest-winded reading of the released steps: whole arrays, one after the other. */
typedef struct {
  double ln_decay, target;
  double points[96 * WINDOW], sums[96 * WINDOW];
  double descending[WINDOW];
} Naive;

static void
naive_clamp (Naive *self, const ScopeMatrix *delta, const ScopeMatrix *a, gsize channel, double top)
{
  double values[WINDOW];
  gsize k = (gsize)floor (WINDOW * top), n_rates = scope_matrix_columns (a);
  for (gsize t = 0; t < WINDOW; t++)
    values[t] = scope_matrix_get (delta, t, channel);
  qsort (values, WINDOW, sizeof (double), ascending);
  double limit = values[WINDOW - (k > 1 ? k : 1)];
  self->ln_decay = self->target = 0;
  for (gsize t = 0; t < WINDOW; t++) {
    double step = fmin (scope_matrix_get (delta, t, channel), limit), mean = 0;
    for (gsize n = 0; n < n_rates; n++)
      mean += exp (step * scope_matrix_get (a, channel, n));
    self->ln_decay += log (mean / (double)n_rates);
    self->target += step;
    self->descending[WINDOW - 1 - t] = fmin (values[t], limit);
  }
}

static double
naive_threshold (Naive *self, gsize length)
{
  if (length <= WINDOW)
    return 0;
  double sum = 0;
  gsize over = length;
  for (gsize i = 0; i < length; i++) {
    double at = ((double)i + 0.5) * WINDOW / (double)length - 0.5;
    at = fmin (fmax (at, 0), WINDOW - 1);
    gsize left = (gsize)floor (at), right = (gsize)ceil (at);
    double part = at - floor (at);
    self->points[i] = (1 - part) * self->descending[left] + part * self->descending[right];
    self->sums[i] = sum += self->points[i];
  }
  for (gsize i = length; i-- > 0;)
    if (self->sums[i] > self->target)
      over = i;
  return self->points[over + 1 < length ? over + 1 : length - 1];
}

static void
assert_close (double found, double expected)
{
  g_assert_cmpfloat (fabs (found - expected), <=, CLOSE * fmax (1, fabs (expected)));
}

static ScopeTokens *
as_tokens (const AnalysisFixture *self)
{
  g_autofree ScopeSpan *spans = g_new0 (ScopeSpan, self->count);
  return scope_tokens_new ("", 0, self->ids, spans, self->count);
}

/* Unfiltered layers of IDS, each channel by hand, reduced over the windows that begin at STARTS. */
static void
check_table (AnalysisFixture *self, ScopeTable *table, const gsize *starts, gsize n_starts,
             double top, gboolean mean)
{
  g_autofree Naive *naive = g_new (Naive, 1);
  gsize channels = self->config->channels, n_lengths = scope_table_n_lengths (table);
  for (gsize layer = 0; layer < self->config->n_layer; layer++) {
    g_autofree double *decay = g_new0 (double, channels), *target = g_new0 (double, channels);
    g_autofree double *g = g_new0 (double, channels *n_lengths);
    for (gsize w = 0; w < n_starts; w++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (ScopeTrace) trace
          = scope_schedule_run (self->schedule, self->ids + starts[w], WINDOW, NULL,
                                SCOPE_RUN_KEEP_RESIDUAL, NULL, &error);
      g_assert_no_error (error);
      g_autoptr (ScopeLayerTrace) one = scope_trace_layer (trace, layer, NULL, NULL, &error);
      g_assert_no_error (error);
      for (gsize h = 0; h < channels; h++) {
        naive_clamp (naive, analysis_part (one, SCOPE_LAYER_DELTA),
                     analysis_part (one, SCOPE_LAYER_A), h, top);
        double e = exp (naive->ln_decay), share = 1 / (double)n_starts;
        decay[h] = mean ? decay[h] + e * share : fmax (decay[h], e);
        target[h] = mean ? target[h] + naive->target * share : fmax (target[h], naive->target);
        for (gsize s = 0; s < n_lengths; s++) {
          double here = naive_threshold (naive, scope_table_length (table, s));
          double *into = &g[s * channels + h];
          *into = mean ? *into + here * share : fmax (*into, here);
        }
      }
    }
    for (gsize h = 0; h < channels; h++) {
      /* exp and log undo each other to the roundings of the exponent, at most 700. */
      assert_close (scope_matrix_get (scope_table_ln_decay (table), layer, h), log (decay[h]));
      assert_close (scope_matrix_get (scope_table_target (table), layer, h), target[h]);
      for (gsize s = 0; s < n_lengths; s++)
        assert_close (scope_matrix_get (scope_table_threshold (table, s), layer, h),
                      g[s * channels + h]);
    }
  }
}

static const char *const names[] = { "text.txt" };

static void
test_calibrate (void)
{
  /* ⌊211 i / 5⌋ + 10 where 37 tokens fit: 220 and later do not. */
  static const gsize starts[] = { 10, 52, 94, 136 };
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++)
    for (int mean = 0; mean < 2; mean++) {
      g_auto (AnalysisFixture) self = { 0 };
      g_autoptr (GError) error = NULL;
      analysis_fixture_random (&self, &shapes[i], SCOPE_PRECISION_FP32, TOKENS);
      g_autoptr (ScopeTokens) text = as_tokens (&self);
      ScopeCalibration settings = {
        .train_length = WINDOW, .top = 0.1 * (double)i, .theta = 0.01, .windows = 5, .mean = mean
      };
      g_autoptr (ScopeTable) table
          = scope_calibrate (self.schedule, &text, names, 1, &settings, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (scope_table_windows (table), ==, 4);
      g_assert_cmpuint (scope_table_train_length (table), ==, WINDOW);
      g_assert_cmpuint (scope_table_n_lengths (table), ==, 24);
      g_assert_cmpstr (scope_table_model_hash (table), ==, scope_model_hash (self.model));
      check_table (&self, table, starts, 4, settings.top, mean);
    }
}

/* Lengths and windows that the caller chose; the one window of a text that is just long enough. */
static void
test_calibrate_settings (void)
{
  static const gsize lengths[] = { 20, 38, 400 }, zero = 0;
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 51 };
  g_auto (AnalysisFixture) self = { 0 };
  g_autoptr (GError) error = NULL;
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_REFERENCE, WINDOW + 9);
  g_autoptr (ScopeTokens) text = as_tokens (&self);
  ScopeCalibration settings
      = { .train_length = WINDOW, .theta = 1, .lengths = lengths, .n_lengths = 3 };
  g_autoptr (ScopeTable) table
      = scope_calibrate (self.schedule, &text, names, 1, &settings, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scope_table_windows (table), ==, 1);
  g_assert_cmpuint (scope_table_length (table, 2), ==, 400);
  check_table (&self, table, &zero, 1, 0, FALSE);
  g_autoptr (ScopeTable) first
      = scope_calibrate_first (self.schedule, self.ids, self.count, &settings, NULL, &error);
  g_assert_no_error (error);
  check_table (&self, first, &zero, 1, 0, FALSE);

  settings.train_length = WINDOW + 10;
  g_assert_null (scope_calibrate (self.schedule, &text, names, 1, &settings, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_assert_nonnull (strstr (error->message,
                            "text.txt: has 46 tokens: expected at least the training length, 47"));
}

/* A filter, its plan for the fixture's ids, and the run under it. */
typedef struct {
  ScopeFilter *filter;
  ScopePlan *plan;
  ScopeTrace *trace;
} Filtered;

static void
filtered_clear (Filtered *self)
{
  g_clear_pointer (&self->filter, scope_filter_unref);
  g_clear_pointer (&self->plan, scope_plan_unref);
  g_clear_pointer (&self->trace, scope_trace_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Filtered, filtered_clear)

static void
make_filtered (AnalysisFixture *self, ScopeFilterContext *context, const char *spec, Filtered *out)
{
  g_autoptr (GError) error = NULL;
  out->filter = scope_filter_parse (spec, &error);
  g_assert_no_error (error);
  scope_filter_plan (out->filter, context, self->ids, self->count, &out->plan, NULL, &error);
  g_assert_no_error (error);
  out->trace = analysis_fixture_run (self, out->plan);
}

static ScopeMatrix *
get_logits (ScopeTrace *trace)
{
  g_autoptr (GError) error = NULL;
  ScopeMatrix *out = scope_trace_logits (trace, 0, scope_trace_length (trace), NULL, &error);
  g_assert_no_error (error);
  return out;
}

static gboolean
same_logits (ScopeTrace *a, ScopeTrace *b)
{
  g_autoptr (ScopeMatrix) x = get_logits (a), y = get_logits (b);
  return scope_test_max_error (x, y) == 0;
}

static void
open_short (AnalysisFixture *self, const ScopeRandomModel *shape, gsize train_length)
{
  ScopeRandomModel with_length = *shape;
  with_length.train_length = train_length;
  analysis_fixture_random (self, &with_length, SCOPE_PRECISION_FP32, TOKENS);
}

static void
test_changes_nothing (void)
{
  static const char *const specs[] = { "off", "longmamba:theta=1", "longmamba-online:theta=1",
                                       "longmamba:gate=211", "longmamba-online:gate=211" };
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    open_short (&self, &shapes[i], WINDOW);
    g_autoptr (ScopeFilterContext) context = scope_filter_context_new (self.schedule, 0);
    for (gsize s = 0; s < G_N_ELEMENTS (specs); s++) {
      g_auto (Filtered) filtered = { 0 };
      make_filtered (&self, context, specs[s], &filtered);
      g_assert_true (same_logits (filtered.trace, self.trace));
      g_assert_cmpint (filtered.plan != NULL, ==, strstr (specs[s], "theta=1") != NULL);
    }
    /* And those that do change something, do. */
    g_auto (Filtered) acting = { 0 };
    make_filtered (&self, context, "longmamba:theta=1e-30,gate=210", &acting);
    g_assert_false (same_logits (acting.trace, self.trace));
  }
}

static void
test_not_longer (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .seed = 52 };
  g_auto (AnalysisFixture) self = { 0 };
  open_short (&self, &shape, TOKENS);
  g_autoptr (ScopeFilterContext) as_config = scope_filter_context_new (self.schedule, 0);
  g_autoptr (ScopeFilterContext) shorter = scope_filter_context_new (self.schedule, TOKENS - 1);
  g_auto (Filtered) no = { 0 }, yes = { 0 };
  make_filtered (&self, as_config, "longmamba:theta=1e-30", &no);
  make_filtered (&self, shorter, "longmamba:theta=1e-30", &yes);
  g_assert_null (no.plan);
  g_assert_nonnull (yes.plan);
}

/* Raw and effective Δ of a layer, on the residual stream of the filtered run. */
static ScopeLayerTrace *
stream_layer (ScopeTrace *trace, gsize layer, ScopePlan *plan)
{
  g_autoptr (GError) error = NULL;
  ScopeLayerTrace *out = scope_trace_layer (trace, layer, plan, NULL, &error);
  g_assert_no_error (error);
  return out;
}

/* In every layer Δ is raw Δ where the table keeps it, and 0 where it does not. */
static void
check_released (AnalysisFixture *self, const Filtered *filtered, ScopeTable *table, double theta)
{
  const ScopeMatrix *ln_decay = scope_table_ln_decay (table);
  const ScopeMatrix *g = scope_table_threshold (table, scope_table_nearest (table, self->count));
  gsize dropped = 0, kept = 0;
  for (gsize l = 0; l < self->config->n_layer; l++) {
    g_autoptr (ScopeLayerTrace) raw_layer = stream_layer (filtered->trace, l, SCOPE_PLAN_NONE);
    g_autoptr (ScopeLayerTrace) layer = stream_layer (filtered->trace, l, NULL);
    const ScopeMatrix *raw = analysis_part (raw_layer, SCOPE_LAYER_DELTA);
    const ScopeMatrix *delta = analysis_part (layer, SCOPE_LAYER_DELTA);
    for (gsize h = 0; h < self->config->channels; h++) {
      gboolean global = exp (scope_matrix_get (ln_decay, l, h)) > theta;
      for (gsize t = 0; t < self->count; t++) {
        double value = scope_matrix_get (raw, t, h);
        gboolean drop = global && value <= scope_matrix_get (g, l, h);
        g_assert_cmpfloat (scope_matrix_get (delta, t, h), ==, drop ? 0 : value);
        dropped += drop;
        kept += !drop;
      }
    }
  }
  g_assert_cmpuint (dropped, >, 0);
  g_assert_cmpuint (kept, >, 0);
}

static void
test_released (void)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    g_autoptr (GError) error = NULL;
    open_short (&self, &shapes[i], WINDOW);
    g_autoptr (ScopeFilterContext) context = scope_filter_context_new (self.schedule, 0);
    g_auto (Filtered) filtered = { 0 };
    make_filtered (&self, context, "longmamba:theta=0.01,top=0.1", &filtered);
    ScopeCalibration settings = { .train_length = WINDOW, .top = 0.1, .theta = 0.01 };
    g_autoptr (ScopeTable) table
        = scope_calibrate_first (self.schedule, self.ids, self.count, &settings, NULL, &error);
    g_assert_no_error (error);
    check_released (&self, &filtered, table, 0.01);
    g_assert_cmpstr (scope_plan_spec (filtered.plan), ==, "longmamba:theta=0.01,top=0.1");

    g_autoptr (ScopeMatrix) classes
        = scope_filter_classes (filtered.filter, context, self.ids, self.count, NULL, &error);
    g_assert_cmpfloat (scope_test_max_error (classes, scope_table_ln_decay (table)), ==, 0);
  }
}

/* The table in a file is the table in memory: the same logits to the bit; and so is the folder's.
 */
static void
test_table_files (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .d_inner = 31, .seed = 53 };
  g_auto (AnalysisFixture) self = { 0 };
  g_autoptr (GError) error = NULL;
  open_short (&self, &shape, WINDOW);
  ScopeCalibration settings = { .train_length = WINDOW, .top = 0.05, .theta = 0.02 };
  g_autoptr (ScopeTable) table
      = scope_calibrate_first (self.schedule, self.ids, self.count, &settings, NULL, &error);
  const char *folder = scope_model_folder (self.model);
  g_autofree char *path = g_build_filename (folder, "a=b:c.json", NULL);
  g_autofree char *own = g_build_filename (folder, "longmamba.json", NULL);
  g_autofree char *with_file = g_strdup_printf ("longmamba:table=%s", path);
  g_autofree char *with_top = g_strdup_printf ("longmamba:top=0.2,table=%s", path);
  g_autofree char *missing = g_strdup_printf ("longmamba:table=%s.not", path);
  g_assert_true (scope_table_write (table, path, &error));

  g_autoptr (ScopeFilterContext) bare = scope_filter_context_new (self.schedule, 0);
  g_auto (Filtered) memory = { 0 }, file = { 0 }, folders = { 0 }, other = { 0 }, again = { 0 };
  make_filtered (&self, bare, "longmamba:theta=0.02,top=0.05", &memory);
  make_filtered (&self, bare, with_file, &file);
  g_assert_false (same_logits (memory.trace, self.trace));
  g_assert_true (same_logits (memory.trace, file.trace));
  make_filtered (&self, bare, "longmamba:theta=0.02,top=0.3", &other);
  g_assert_false (same_logits (memory.trace, other.trace));

  /* Now the folder has the table: its θ and top are the defaults; another top calibrates anew. */
  g_assert_true (scope_table_write (table, own, &error));
  g_autoptr (ScopeFilterContext) context = scope_filter_context_new (self.schedule, 0);
  make_filtered (&self, context, "longmamba", &folders);
  g_assert_true (same_logits (memory.trace, folders.trace));
  g_assert_cmpstr (scope_plan_spec (folders.plan), ==, "longmamba:theta=0.02,top=0.05");
  make_filtered (&self, context, "longmamba:top=0.3", &again);
  g_assert_true (same_logits (other.trace, again.trace));

  ScopePlan *plan = NULL;
  g_autoptr (ScopeFilter) clash = scope_filter_parse (with_top, &error);
  g_assert_false (scope_filter_plan (clash, context, self.ids, self.count, &plan, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER);
  g_assert_nonnull (strstr (error->message, "was calibrated with top 0.05"));
  g_clear_error (&error);
  g_autoptr (ScopeFilter) absent = scope_filter_parse (missing, &error);
  g_assert_false (scope_filter_plan (absent, context, self.ids, self.count, &plan, NULL, &error));
  g_assert_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE);
}

/* Global means > θ: a channel that decays to exactly θ is not, and so θ = 1 makes none global even
 * where nothing decays at all. */
static void
test_strictly_above (void)
{
  static const gsize lengths[] = { WINDOW, 100 };
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 55 };
  g_auto (AnalysisFixture) self = { 0 };
  open_short (&self, &shape, WINDOW);
  gsize layers = self.config->n_layer;
  g_autoptr (ScopeMatrix) ln_decay = scope_matrix_new (SCOPE_REAL_F64, layers, 3, NULL);
  g_autoptr (ScopeMatrix) high = scope_matrix_new (SCOPE_REAL_F64, layers, 3, NULL);
  for (gsize l = 0; l < layers; l++)
    for (gsize h = 0; h < 3; h++)
      scope_matrix_set (high, l, h, 1e9);
  g_autoptr (ScopeTable) table
      = scope_table_new (scope_model_hash (self.model), WINDOW, 1, 0, 1, "max", lengths, 2,
                         ln_decay, high, (ScopeMatrix *[]){ high, high }, NULL);
  g_autofree char *path = g_build_filename (scope_model_folder (self.model), "t.json", NULL);
  g_autofree char *none = g_strdup_printf ("longmamba:table=%s", path);
  g_autofree char *all = g_strdup_printf ("longmamba:theta=0.999,table=%s", path);
  g_assert_true (scope_table_write (table, path, NULL));
  g_autoptr (ScopeFilterContext) context = scope_filter_context_new (self.schedule, 0);
  g_auto (Filtered) unchanged = { 0 }, changed = { 0 };
  make_filtered (&self, context, none, &unchanged);
  make_filtered (&self, context, all, &changed);
  g_assert_true (same_logits (unchanged.trace, self.trace));
  g_assert_false (same_logits (changed.trace, self.trace));
}

static void
assert_facts (ScopeFilterContext *context, const char *spec, gsize train_length, double theta)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeFilter) filter = spec != NULL ? scope_filter_parse (spec, &error) : NULL;
  gsize found_length;
  double found_theta;
  scope_filter_context_facts (context, filter, &found_length, &found_theta, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (found_length, ==, train_length);
  g_assert_cmpfloat (found_theta, ==, theta);
}

/* L: given, else a table's, else the config's, else 2000. θ: the SPEC's, a table's, the family's.
 */
static void
test_facts (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 54 };
  g_auto (AnalysisFixture) plain = { 0 }, self = { 0 };
  g_autoptr (GError) error = NULL;
  open_short (&plain, &shape, 0);
  g_autoptr (ScopeFilterContext) none = scope_filter_context_new (plain.schedule, 0);
  assert_facts (none, NULL, 2000, 0.05);
  assert_facts (none, "longmamba:theta=0.3", 2000, 0.3);
  open_short (&self, &shape, 90);
  g_autoptr (ScopeFilterContext) config = scope_filter_context_new (self.schedule, 0);
  assert_facts (config, "off", 90, 0.05);

  ScopeCalibration settings = { .train_length = WINDOW, .theta = 0.02 };
  g_autoptr (ScopeTable) table
      = scope_calibrate_first (self.schedule, self.ids, self.count, &settings, NULL, &error);
  const char *folder = scope_model_folder (self.model);
  g_autofree char *path = g_build_filename (folder, "longmamba.json", NULL);
  g_assert_true (scope_table_write (table, path, &error));
  g_autoptr (ScopeFilterContext) tables = scope_filter_context_new (self.schedule, 0);
  g_autoptr (ScopeFilterContext) given = scope_filter_context_new (self.schedule, 50);
  assert_facts (tables, "longmamba-online", WINDOW, 0.02);
  assert_facts (tables, NULL, WINDOW, 0.02);
  assert_facts (given, "longmamba:theta=0.5", 50, 0.5);

  settings.train_length = 41;
  settings.theta = 0.7;
  g_autoptr (ScopeTable) other
      = scope_calibrate_first (self.schedule, self.ids, self.count, &settings, NULL, &error);
  g_autofree char *second = g_build_filename (folder, "second.json", NULL);
  g_autofree char *spec = g_strdup_printf ("longmamba:table=%s", second);
  g_assert_true (scope_table_write (other, second, &error));
  assert_facts (tables, spec, 41, 0.7);
}

/* Of a global channel exactly the largest Δ are kept whose sum stays within the window's. */
static void
check_online_channel (const ScopeMatrix *raw, const ScopeMatrix *delta, const ScopeMatrix *a,
                      gsize channel, double theta, double top, gsize *dropped)
{
  g_autofree Naive *naive = g_new (Naive, 1);
  naive_clamp (naive, raw, a, channel, top);
  gboolean global = exp (naive->ln_decay) > theta;
  double kept_sum = 0, smallest_kept = INFINITY, largest_dropped = -INFINITY;
  for (gsize t = 0; t < scope_matrix_rows (raw); t++) {
    double value = scope_matrix_get (raw, t, channel), is = scope_matrix_get (delta, t, channel);
    g_assert_true (is == value || is == 0);
    if (is == value) {
      kept_sum += value;
      smallest_kept = fmin (smallest_kept, value);
    } else
      largest_dropped = fmax (largest_dropped, value);
  }
  if (!global) {
    g_assert_true (isinf (largest_dropped));
    return;
  }
  *dropped += isfinite (largest_dropped);
  /* Equal Δ stay or go together: all of the largest that go would have been too much. */
  double next = 0;
  for (gsize t = 0; t < scope_matrix_rows (raw); t++)
    if (scope_matrix_get (delta, t, channel) == 0
        && scope_matrix_get (raw, t, channel) >= largest_dropped * (1 - EQUAL))
      next += scope_matrix_get (raw, t, channel);
  g_assert_cmpfloat (smallest_kept, >, largest_dropped);
  g_assert_cmpfloat (kept_sum, <=, naive->target * (1 + CLOSE));
  g_assert_cmpfloat (kept_sum + next, >, naive->target * (1 - CLOSE));
}

static void
test_online (void)
{
  const ScopeRandomModel *shapes;
  static const struct {
    const char *spec;
    double theta, top;
  } cases[] = { { "longmamba-online:theta=0.01", 0.01, 0 },
                { "longmamba-online:theta=1e-30,top=0.2", 1e-30, 0.2 } };
  for (gsize i = 0; i < 2 * analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    gsize dropped = 0;
    open_short (&self, &shapes[i / 2], WINDOW);
    g_autoptr (ScopeFilterContext) context = scope_filter_context_new (self.schedule, 0);
    g_auto (Filtered) filtered = { 0 };
    make_filtered (&self, context, cases[i % 2].spec, &filtered);
    for (gsize l = 0; l < self.config->n_layer; l++) {
      g_autoptr (ScopeLayerTrace) raw = stream_layer (filtered.trace, l, SCOPE_PLAN_NONE);
      g_autoptr (ScopeLayerTrace) layer = stream_layer (filtered.trace, l, NULL);
      for (gsize h = 0; h < self.config->channels; h++)
        check_online_channel (analysis_part (raw, SCOPE_LAYER_DELTA),
                              analysis_part (layer, SCOPE_LAYER_DELTA),
                              analysis_part (layer, SCOPE_LAYER_A), h, cases[i % 2].theta,
                              cases[i % 2].top, &dropped);
    }
    g_assert_cmpuint (dropped, >, 0);
  }
}

/* With no filter: the unclamped decay over the first L tokens; with fewer, over what there is. */
static void
test_default_classes (void)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    g_autoptr (GError) error = NULL;
    g_autofree Naive *naive = g_new (Naive, 1);
    open_short (&self, &shapes[i], i % 2 == 0 ? WINDOW : 5000);
    g_autoptr (ScopeFilterContext) context = scope_filter_context_new (self.schedule, 0);
    g_autoptr (ScopeMatrix) classes
        = scope_filter_classes (NULL, context, self.ids, WINDOW, NULL, &error);
    g_assert_no_error (error);
    for (gsize l = 0; l < self.config->n_layer; l++) {
      g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, l, NULL);
      for (gsize h = 0; h < self.config->channels; h++) {
        /* The first tokens' Δ do not depend on those that follow, but their products' sums may be
         * rounded otherwise where the run is longer. */
        naive_clamp (naive, analysis_part (layer, SCOPE_LAYER_DELTA),
                     analysis_part (layer, SCOPE_LAYER_A), h, 0);
        g_assert_cmpfloat (fabs (scope_matrix_get (classes, l, h) - naive->ln_decay), <=,
                           1e-4 * fmax (1, -naive->ln_decay));
      }
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/longmamba/calibrate", test_calibrate);
  g_test_add_func ("/longmamba/calibrate-settings", test_calibrate_settings);
  g_test_add_func ("/longmamba/changes-nothing", test_changes_nothing);
  g_test_add_func ("/longmamba/not-longer", test_not_longer);
  g_test_add_func ("/longmamba/released", test_released);
  g_test_add_func ("/longmamba/table-files", test_table_files);
  g_test_add_func ("/longmamba/strictly-above", test_strictly_above);
  g_test_add_func ("/longmamba/facts", test_facts);
  g_test_add_func ("/longmamba/online", test_online);
  g_test_add_func ("/longmamba/default-classes", test_default_classes);
  return g_test_run ();
}
