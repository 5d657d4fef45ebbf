/* LongMamba's own tables, as its released calibration writes them with torch.save: of each layer
 * the files
 *
 *   tA_prod/tA_prod_layer_I.pt            a tensor: the decay of each channel
 *   decay/decay_layer_I.pt                a tensor: the target of each
 *   delta_t-thre/delta_t-thre_layer_I.pt  {"3k": tensor, ...}: the threshold of each, for 3,000
 * tokens alpha/alpha_layer_I.pt                the same of the share of tokens to keep
 *
 * in a folder whose name says how windows were reduced (-avg, -max) and clamped (clampTop0.10). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis-private.h"
#include "analysis/calibrate.h"
#include "base/error.h"
#include "model/torch/torch-file.h"

#define THOUSAND         1000
#define RELEASED_WINDOWS 100

typedef struct {
  const char *folder;
  ScopeModel *model;
  const ScopeConfig *config;
  GArray *lengths; /* gsize, ascending */
  ScopeTableNumbers numbers;
} Import;

static void
import_clear (Import *self)
{
  g_clear_pointer (&self->lengths, g_array_unref);
  scope_table_numbers_clear (&self->numbers);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Import, import_clear)

static char *
layer_path (const Import *self, const char *what, gsize layer)
{
  g_autofree char *name = g_strdup_printf ("%s_layer_%" G_GSIZE_FORMAT ".pt", what, layer);
  return g_build_filename (self->folder, what, name, NULL);
}

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (const ScopeTorchFile *file, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER, "%s: %s",
               scope_torch_file_name (file), message);
  return FALSE;
}

/* The tensor NAME into row LAYER of OUT: a number from 0 to MOST for each channel. */
static gboolean
read_row (const Import *self, ScopeTorchFile *file, const char *name, double most, gsize layer,
          ScopeMatrix *out, GError **error)
{
  const ScopeWeight *weight = scope_torch_file_get (file, name, error);
  gsize channels = self->config->channels;
  if (weight == NULL)
    return FALSE;
  if (weight->count != channels)
    return refuse (file, error,
                   "expected %" G_GSIZE_FORMAT " numbers, one for each %s of %s, found"
                   " %" G_GSIZE_FORMAT,
                   channels, scope_channel_noun (self->config), scope_model_name (self->model),
                   weight->count);
  g_autofree double *values = g_new (double, channels);
  scope_weight_to_f64 (weight, 0, channels, values);
  for (gsize h = 0; h < channels; h++) {
    if (!(values[h] >= 0 && values[h] <= most)) /* a NaN is refused too */
      return refuse (file, error, "%s %" G_GSIZE_FORMAT ": expected 0 to %g, found %g",
                     scope_channel_noun (self->config), h, most, values[h]);
    scope_matrix_set (out, layer, h, values[h]);
  }
  return TRUE;
}

static int
ascending (gconstpointer a, gconstpointer b)
{
  gsize x = *(const gsize *)a, y = *(const gsize *)b;
  return (x > y) - (x < y);
}

/* The keys "1k", "2k", ... of FILE as tokens. */
static GArray *
read_lengths (ScopeTorchFile *file, GError **error)
{
  g_autoptr (GArray) lengths = g_array_new (FALSE, FALSE, sizeof (gsize));
  for (gsize i = 0; i < scope_torch_file_count (file); i++) {
    const char *name = scope_torch_file_nth (file, i)->name;
    char *end = NULL;
    guint64 thousands = g_ascii_isdigit (*name) ? g_ascii_strtoull (name, &end, 10) : 0;
    if (thousands == 0 || thousands > G_MAXINT32 / THOUSAND || strcmp (end, "k") != 0) {
      refuse (file, error, "expected lengths in thousands of tokens (\"3k\"), found \"%s\"", name);
      return NULL;
    }
    gsize length = (gsize)thousands * THOUSAND;
    g_array_append_val (lengths, length);
  }
  g_array_sort (lengths, ascending);
  for (guint i = 1; i < lengths->len; i++)
    if (g_array_index (lengths, gsize, i) == g_array_index (lengths, gsize, i - 1)) {
      refuse (file, error, "a length stands twice");
      return NULL;
    }
  if (lengths->len == 0) {
    refuse (file, error, "it holds no lengths");
    return NULL;
  }
  return g_steal_pointer (&lengths);
}

static ScopeTorchFile *
open_layer (const Import *self, const char *what, gsize layer, GError **error)
{
  g_autofree char *path = layer_path (self, what, layer);
  return scope_torch_file_open (path, error);
}

/* The first file says which lengths there are. */
static gboolean
begin (Import *self, GError **error)
{
  g_autoptr (ScopeTorchFile) file = open_layer (self, "delta_t-thre", 0, error);
  self->lengths = file != NULL ? read_lengths (file, error) : NULL;
  return self->lengths != NULL
         && scope_table_numbers_init (&self->numbers, self->config, self->lengths->len, error);
}

/* The others must have them too. */
static gboolean
check_lengths (const Import *self, ScopeTorchFile *file, GError **error)
{
  g_autoptr (GArray) lengths = read_lengths (file, error);
  if (lengths == NULL)
    return FALSE;
  if (lengths->len == self->lengths->len
      && memcmp (lengths->data, self->lengths->data, lengths->len * sizeof (gsize)) == 0)
    return TRUE;
  return refuse (file, error, "its lengths are not those of the first file");
}

static gboolean
read_grid (Import *self, const char *what, gboolean threshold, gsize layer, GError **error)
{
  g_autoptr (ScopeTorchFile) file = open_layer (self, what, layer, error);
  if (file == NULL || !check_lengths (self, file, error))
    return FALSE;
  GPtrArray *out = threshold ? self->numbers.threshold : self->numbers.alpha;
  for (guint s = 0; s < self->lengths->len; s++) {
    gsize thousands = g_array_index (self->lengths, gsize, s) / THOUSAND;
    g_autofree char *name = g_strdup_printf ("%" G_GSIZE_FORMAT "k", thousands);
    if (!read_row (self, file, name, threshold ? G_MAXFLOAT : 1, layer, out->pdata[s], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_tensor (const Import *self, const char *what, double most, gsize layer, ScopeMatrix *out,
             GError **error)
{
  g_autoptr (ScopeTorchFile) file = open_layer (self, what, layer, error);
  return file != NULL && read_row (self, file, "", most, layer, out, error);
}

static gboolean
read_layer (Import *self, gsize layer, GError **error)
{
  if (!read_grid (self, "delta_t-thre", TRUE, layer, error)
      || !read_grid (self, "alpha", FALSE, layer, error)
      || !read_tensor (self, "tA_prod", 1, layer, self->numbers.ln_decay, error)
      || !read_tensor (self, "decay", G_MAXFLOAT, layer, self->numbers.target, error))
    return FALSE;
  for (gsize h = 0; h < self->config->channels; h++)
    scope_matrix_set (self->numbers.ln_decay, layer, h,
                      log (scope_matrix_get (self->numbers.ln_decay, layer, h)));
  return TRUE;
}

static gboolean
check_depth (const Import *self, GError **error)
{
  g_autofree char *beyond = layer_path (self, "tA_prod", self->config->n_layer);
  if (!g_file_test (beyond, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER,
               "%s: the tables are of another model: %s has only %" G_GSIZE_FORMAT " layers",
               beyond, scope_model_name (self->model), self->config->n_layer);
  return FALSE;
}

/* "...-clampTop0.10-avg" says so itself. */
static double
find_top (const char *folder, double otherwise)
{
  const char *at = strstr (folder, "clampTop");
  if (at == NULL)
    return otherwise;
  double top = g_ascii_strtod (at + strlen ("clampTop"), NULL);
  return top >= 0 && top <= 1 ? top : otherwise;
}

ScopeTable *
scope_calibrate_import (const char *folder, ScopeModel *model, const ScopeCalibration *settings,
                        ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = scope_model_config (model);
  ScopeProgress hashing = scope_progress_span (progress, 0, 0);
  g_auto (Import) self = { .folder = folder, .model = model, .config = config };
  g_autofree char *name = g_path_get_basename (folder);
  if (!scope_calibration_check (settings, error) || !check_depth (&self, error)
      || !scope_model_prepare_hash (model, &hashing, error) || !begin (&self, error))
    return NULL;
  for (gsize layer = 0; layer < config->n_layer; layer++) {
    double done = (double)layer / (double)config->n_layer;
    if (!scope_progress_check (progress, done, "reading tables", error)
        || !read_layer (&self, layer, error))
      return NULL;
  }
  gsize length
      = settings->train_length > 0 ? settings->train_length : scope_config_train_length (config);
  gboolean mean = settings->mean || g_str_has_suffix (name, "avg");
  return scope_table_new (scope_model_hash (model), length, settings->theta,
                          find_top (name, settings->top), RELEASED_WINDOWS, mean ? "mean" : "max",
                          (const gsize *)(void *)self.lengths->data, self.lengths->len,
                          self.numbers.ln_decay, self.numbers.target,
                          (ScopeMatrix *const *)self.numbers.threshold->pdata,
                          (ScopeMatrix *const *)self.numbers.alpha->pdata);
}
