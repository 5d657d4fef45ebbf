/* A table for LongMamba, calibrated on one window of the training length, as it is made where a
 * model has none: the network once, and the sorting, decays and thresholds of every channel. */
#include "cli/bench/bench.h"

typedef struct {
  Bench *bench;
  ScopeCalibration settings;
  const gint32 *ids;
  gsize count;
} Calibrate;

static gboolean
run_calibrate (gpointer data, GError **error)
{
  const Calibrate *self = data;
  g_autoptr (ScopeTable) table = scope_calibrate_first (
      self->bench->cli->schedule, self->ids, self->count, &self->settings, cli_progress (), error);
  return table != NULL;
}

gboolean
bench_calibrate (Bench *self, const gint32 *ids, gsize count, GError **error)
{
  gsize length = self->cli->train_length > 0 ? self->cli->train_length
                                             : scope_config_train_length (self->config);
  Calibrate calibrate = { .bench = self, .ids = ids, .count = MIN (count, length) };
  scope_calibration_defaults (self->config, &calibrate.settings);
  calibrate.settings.train_length = calibrate.count;
  return bench_row (self, "calibrate", "one window", calibrate.count,
                    bench_forward_work (self, calibrate.count, FALSE), run_calibrate, &calibrate,
                    error);
}
