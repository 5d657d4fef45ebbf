#include "analysis/calibrate.h"

#include <math.h>

#include "analysis/analysis-private.h"
#include "base/error.h"

#define DEFAULT_WINDOWS 100

/* The release starts its windows ten tokens into the text. */
#define FIRST_TOKEN 10

void
scope_calibration_defaults (const ScopeConfig *config, ScopeCalibration *out)
{
  gboolean scalar = scope_config_is_ssd (config);
  *out = (ScopeCalibration){ .theta = scalar ? 5e-2 : 1e-30, .top = scalar ? 0.05 : 0.20 };
}

gsize
scope_calibrate_lengths (gsize train_length, gsize **out)
{
  static const double factors[] = { 1,  1.5, 2,  2.5, 3,  3.5, 4,  5,  6,  7,  8,  10,
                                    12, 15,  18, 22,  27, 32,  40, 48, 60, 72, 84, 96 };
  gsize *lengths = g_new (gsize, G_N_ELEMENTS (factors)), count = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (factors); i++) {
    gsize length = (gsize)(factors[i] * (double)train_length);
    if (count == 0 || length > lengths[count - 1]) /* L = 1 gives 1 twice */
      lengths[count++] = length;
  }
  *out = lengths;
  return count;
}

/* Exponentials between two looks at the progress: some 30 ms of one core. */
#define BLOCK_WORK ((gsize)1 << 24)
/* What a value's sorting and thresholds cost, in exponentials. */
#define SORT_WORK 16

typedef struct {
  const gint32 *ids;
  gsize count;
} Window;

/* What the windows are reduced into; for the mean, sums until the end. */
typedef struct {
  gsize train_length;
  double top;
  gboolean mean;
  const gsize *lengths;
  gsize n_lengths;
  const ScopeThresholds *thresholds; /* of LENGTHS */
  gsize seen;                        /* windows that are in already */
  gsize layers;
  ScopeProgress *progress; /* of the window at hand */
  ScopeTableNumbers numbers;
} Reduction;

static void
reduction_clear (Reduction *self)
{
  scope_table_numbers_clear (&self->numbers);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reduction, reduction_clear)

static void
reduce_value (const Reduction *self, ScopeMatrix *into, gsize layer, gsize channel, double value)
{
  if (self->seen > 0) {
    double old = scope_matrix_get (into, layer, channel);
    value = self->mean ? old + value : MAX (old, value);
  }
  scope_matrix_set (into, layer, channel, value);
}

/* The mean is of the decay itself: ln(exp a + exp b) by the larger. */
static void
reduce_ln (const Reduction *self, gsize layer, gsize channel, double value)
{
  if (self->seen > 0 && self->mean) {
    double old = scope_matrix_get (self->numbers.ln_decay, layer, channel);
    double high = MAX (old, value), low = MIN (old, value);
    value = isinf (high) ? high : high + log1p (exp (low - high));
    scope_matrix_set (self->numbers.ln_decay, layer, channel, value);
    return;
  }
  reduce_value (self, self->numbers.ln_decay, layer, channel, value);
}

typedef struct {
  const Reduction *reduction;
  gsize layer;
  const ScopeMatrix *delta, *a;
} LayerJob;

static void
reduce_channel (gsize channel, double *values, gpointer data)
{
  const LayerJob *job = data;
  const Reduction *self = job->reduction;
  gsize count = scope_matrix_rows (job->delta);
  /* A text shorter than L is calibrated as it is, but thresholds still begin beyond L. */
  gsize first = MAX (count, self->train_length);
  ScopeChannelWindow window
      = scope_channel_window (job->delta, job->a, channel, values, count, self->top);
  reduce_ln (self, job->layer, channel, window.ln_decay);
  reduce_value (self, self->numbers.target, job->layer, channel, window.target);
  for (gsize s = 0; s < self->n_lengths; s++) {
    double g = 0, alpha = 1;
    if (self->lengths[s] > first)
      g = scope_thresholds_find (self->thresholds, s, values, window.target, &alpha);
    reduce_value (self, self->numbers.threshold->pdata[s], job->layer, channel, g);
    reduce_value (self, self->numbers.alpha->pdata[s], job->layer, channel, alpha);
  }
}

/* Called by the schedule with each layer's Δ of a window. */
static gboolean
record_layer (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
              GError **error)
{
  const Reduction *self = data;
  LayerJob job = { self, layer, delta, a };
  gsize channels = scope_matrix_columns (delta), count = scope_matrix_rows (delta);
  gsize block = MAX (BLOCK_WORK / (count * (SORT_WORK + scope_matrix_columns (a))), 1);
  for (gsize h = 0; h < channels; h += block) {
    double done = (double)layer + (double)h / (double)channels;
    if (!scope_progress_check (self->progress, done / (double)self->layers, "calibrating", error))
      return FALSE;
    scope_matrix_each_column (delta, h, MIN (h + block, channels), count, reduce_channel, &job);
  }
  return TRUE;
}

static gboolean
run_windows (Reduction *self, ScopeSchedule *schedule, const Window *windows, gsize count,
             ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = scope_model_config (scope_schedule_model (schedule));
  self->layers = config->n_layer;
  g_autoptr (ScopePlan) plan = scope_plan_new_reading ("calibration", config->n_layer,
                                                       config->channels, record_layer, self);
  for (gsize w = 0; w < count; w++, self->seen++) {
    ScopeProgress span = scope_progress_span (progress, (double)w / count, (double)(w + 1) / count);
    self->progress = &span;
    g_autoptr (ScopeTrace) trace = scope_schedule_run (schedule, windows[w].ids, windows[w].count,
                                                       plan, SCOPE_RUN_LOGITS_ONLY, &span, error);
    if (trace == NULL)
      return FALSE;
  }
  return TRUE;
}

static void
divide (ScopeMatrix *sums, double count)
{
  double *values = scope_matrix_data (sums);
  for (gsize i = 0; i < scope_matrix_rows (sums) * scope_matrix_columns (sums); i++)
    values[i] /= count;
}

static void
finish_mean (Reduction *self)
{
  double *ln_decay = scope_matrix_data (self->numbers.ln_decay),
         ln_count = log ((double)self->seen);
  gsize count
      = scope_matrix_rows (self->numbers.ln_decay) * scope_matrix_columns (self->numbers.ln_decay);
  for (gsize i = 0; i < count; i++)
    ln_decay[i] = MIN (ln_decay[i] - ln_count, 0.0); /* a decay is at most 1 */
  divide (self->numbers.target, (double)self->seen);
  for (gsize s = 0; s < self->n_lengths; s++) {
    divide (self->numbers.threshold->pdata[s], (double)self->seen);
    divide (self->numbers.alpha->pdata[s], (double)self->seen);
  }
}

gboolean
scope_calibration_check (const ScopeCalibration *settings, GError **error)
{
  gsize last = 0;
  for (gsize s = 0; settings->lengths != NULL && s < settings->n_lengths; s++) {
    if (settings->lengths[s] <= last) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "calibration lengths: expected them to ascend from 1 on, found %" G_GSIZE_FORMAT
                   " after %" G_GSIZE_FORMAT,
                   settings->lengths[s], last);
      return FALSE;
    }
    last = settings->lengths[s];
  }
  if (settings->top >= 0 && settings->top <= 1 && settings->theta > 0 && settings->theta <= 1)
    return TRUE;
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "calibration with top %g and theta %g: expected 0 <= top <= 1 and 0 < theta <= 1",
               settings->top, settings->theta);
  return FALSE;
}

static gsize
window_length (ScopeSchedule *schedule, const ScopeCalibration *settings)
{
  if (settings->train_length > 0)
    return settings->train_length;
  return scope_config_train_length (scope_model_config (scope_schedule_model (schedule)));
}

static ScopeTable *
calibrate (ScopeSchedule *schedule, const Window *windows, gsize count,
           const ScopeCalibration *settings, ScopeProgress *progress, GError **error)
{
  ScopeModel *model = scope_schedule_model (schedule);
  gsize length = window_length (schedule, settings);
  g_autofree gsize *defaults = NULL;
  g_auto (Reduction) self = { .train_length = length,
                              .top = settings->top,
                              .mean = settings->mean,
                              .lengths = settings->lengths,
                              .n_lengths = settings->n_lengths };
  if (self.lengths == NULL) {
    self.n_lengths = scope_calibrate_lengths (length, &defaults);
    self.lengths = defaults;
  }
  g_autoptr (ScopeThresholds) thresholds
      = scope_thresholds_new (windows[0].count, self.lengths, self.n_lengths);
  self.thresholds = thresholds;
  ScopeProgress hashing = scope_progress_span (progress, 0.0, 0.0);
  if (!scope_model_prepare_hash (model, &hashing, error)
      || !scope_table_numbers_init (&self.numbers, scope_model_config (model), self.n_lengths,
                                    error)
      || !run_windows (&self, schedule, windows, count, progress, error))
    return NULL;
  if (self.mean)
    finish_mean (&self);
  return scope_table_new (scope_model_hash (model), length, settings->theta, settings->top, count,
                          self.mean ? "mean" : "max", self.lengths, self.n_lengths,
                          self.numbers.ln_decay, self.numbers.target,
                          (ScopeMatrix *const *)self.numbers.threshold->pdata,
                          (ScopeMatrix *const *)self.numbers.alpha->pdata);
}

/* The windows of one text, COUNT of them at most, appended. */
static void
add_windows (GArray *windows, ScopeTokens *text, gsize count, gsize length)
{
  const gint32 *ids = scope_tokens_ids (text);
  gsize tokens = scope_tokens_count (text), before = windows->len;
  for (gsize i = 0; i < count; i++) {
    gsize start = (gsize)((guint64)tokens * i / count) + FIRST_TOKEN;
    if (start + length > tokens)
      break;
    Window window = { ids + start, length };
    g_array_append_val (windows, window);
  }
  if (windows->len == before && count > 0) {
    Window window = { ids, length };
    g_array_append_val (windows, window);
  }
}

ScopeTable *
scope_calibrate (ScopeSchedule *schedule, ScopeTokens *const *texts, const char *const *names,
                 gsize n_texts, const ScopeCalibration *settings, ScopeProgress *progress,
                 GError **error)
{
  gsize length = window_length (schedule, settings);
  gsize most = settings->windows > 0 ? settings->windows : DEFAULT_WINDOWS;
  g_autoptr (GArray) windows = g_array_new (FALSE, FALSE, sizeof (Window));
  if (!scope_calibration_check (settings, error))
    return NULL;
  for (gsize i = 0; i < n_texts; i++) {
    gsize tokens = scope_tokens_count (texts[i]);
    if (tokens < length) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "%s: has %" G_GSIZE_FORMAT
                   " tokens: expected at least the training length, %" G_GSIZE_FORMAT,
                   names[i], tokens, length);
      return NULL;
    }
    add_windows (windows, texts[i], most / n_texts + (i < most % n_texts), length);
  }
  if (windows->len == 0) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "calibration needs at least one text");
    return NULL;
  }
  return calibrate (schedule, (const Window *)(void *)windows->data, windows->len, settings,
                    progress, error);
}

ScopeTable *
scope_calibrate_first (ScopeSchedule *schedule, const gint32 *ids, gsize count,
                       const ScopeCalibration *settings, ScopeProgress *progress, GError **error)
{
  Window window = { ids, MIN (count, window_length (schedule, settings)) };
  if (!scope_calibration_check (settings, error))
    return NULL;
  return calibrate (schedule, &window, 1, settings, progress, error);
}
