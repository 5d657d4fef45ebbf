#include "model/model.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "model/hub-cache.h"
#include "model/weight-map.h"

#define MAX_CONFIG ((gsize)1 << 24)

struct _ScopeModel {
  gatomicrefcount references;
  char *path, *folder, *name; /* PATH: FOLDER, or a weights file in it */
  char *config_text;
  gsize config_length;
  ScopeConfig config;
  ScopeCheckpoint *checkpoint;
  ScopeWeightMap map; /* borrows from CHECKPOINT */
  ScopeTokenizer *tokenizer;
  GError *tokenizer_error; /* why there is none though there is a file */
  GMutex hash_lock;
  char *hash;
};

static gboolean
check_numbers (ScopeModel *self, ScopeProgress *progress, GError **error)
{
  for (guint i = 0; i < self->map.weights->len; i++) {
    const ScopeWeight *weight = g_ptr_array_index (self->map.weights, i);
    if (!scope_progress_check (progress, (double)i / self->map.weights->len, "checking weights",
                               error))
      return FALSE;
    gsize bad = scope_weight_find_nonfinite (weight);
    if (bad == weight->count)
      continue;
    double value;
    scope_weight_to_f64 (weight, bad, 1, &value);
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "%s: tensor %s: element %" G_GSIZE_FORMAT " is %s, expected a finite number",
                     scope_checkpoint_file (self->checkpoint, weight->name), weight->name, bad,
                     value != value ? "NaN" : "infinite");
    return FALSE;
  }
  return scope_progress_check (progress, 1.0, "checking weights", error);
}

static gboolean
open_config (ScopeModel *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, "config.json", NULL);
  self->config_text = scope_file_read (path, MAX_CONFIG, &self->config_length, error);
  return self->config_text != NULL
         && scope_config_parse (&self->config, self->config_text, self->config_length, path, error);
}

/* A model whose tokenizer we cannot read still runs on token ids. */
static void
open_tokenizer (ScopeModel *self)
{
  g_autofree char *path = g_build_filename (self->folder, "tokenizer.json", NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    self->tokenizer = scope_tokenizer_open (path, &self->tokenizer_error);
}

static gboolean
open_checkpoint (ScopeModel *self, GError **error)
{
  self->checkpoint = scope_checkpoint_open (self->path, error);
  return self->checkpoint != NULL;
}

static gboolean
locate (ScopeModel *self, const char *model, GError **error)
{
  self->path = scope_hub_locate (model, error);
  if (self->path == NULL)
    return FALSE;
  gboolean folder = g_file_test (self->path, G_FILE_TEST_IS_DIR);
  self->folder = folder ? g_strdup (self->path) : g_path_get_dirname (self->path);
  self->name = scope_hub_model_name (self->folder);
  return TRUE;
}

ScopeModel *
scope_model_open (const char *model, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeModel) self = g_new0 (ScopeModel, 1);
  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->hash_lock);
  if (!locate (self, model, error) || !open_config (self, error) || !open_checkpoint (self, error)
      || !scope_weight_map_take (&self->map, &self->config, self->checkpoint, error)
      || !check_numbers (self, progress, error))
    return NULL;
  open_tokenizer (self);
  return g_steal_pointer (&self);
}

ScopeModel *
scope_model_ref (ScopeModel *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
scope_model_unref (ScopeModel *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_clear_pointer (&self->tokenizer, scope_tokenizer_free);
  g_clear_error (&self->tokenizer_error);
  g_clear_pointer (&self->checkpoint, scope_checkpoint_free);
  g_mutex_clear (&self->hash_lock);
  scope_weight_map_clear (&self->map);
  g_free (self->config_text);
  g_free (self->path);
  g_free (self->folder);
  g_free (self->name);
  g_free (self->hash);
  g_free (self);
}

const ScopeConfig *
scope_model_config (const ScopeModel *self)
{
  return &self->config;
}

const char *
scope_model_path (const ScopeModel *self)
{
  return self->path;
}

const char *
scope_model_folder (const ScopeModel *self)
{
  return self->folder;
}

const char *
scope_model_name (const ScopeModel *self)
{
  return self->name;
}

static char *
compute_hash (const ScopeModel *self, ScopeProgress *progress, GError **error)
{
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, (const guchar *)self->config_text, (gssize)self->config_length);
  char *hash = NULL;
  if (scope_checkpoint_update_hash (self->checkpoint, checksum, progress, error))
    hash = g_strdup (g_checksum_get_string (checksum));
  g_checksum_free (checksum);
  return hash;
}

gboolean
scope_model_prepare_hash (ScopeModel *self, ScopeProgress *progress, GError **error)
{
  g_mutex_lock (&self->hash_lock);
  if (self->hash == NULL)
    self->hash = compute_hash (self, progress, error);
  gboolean done = self->hash != NULL;
  g_mutex_unlock (&self->hash_lock);
  return done;
}

const char *
scope_model_hash (ScopeModel *self)
{
  scope_model_prepare_hash (self, NULL, NULL);
  return self->hash;
}

guint64
scope_model_parameters (const ScopeModel *self)
{
  guint64 sum = 0;
  for (guint i = 0; i < self->map.weights->len; i++)
    sum += ((const ScopeWeight *)g_ptr_array_index (self->map.weights, i))->count;
  return sum;
}

guint64
scope_model_bytes (const ScopeModel *self)
{
  guint64 sum = 0;
  for (guint i = 0; i < self->map.weights->len; i++) {
    const ScopeWeight *weight = g_ptr_array_index (self->map.weights, i);
    sum += weight->count * scope_dtype_size (weight->dtype);
  }
  return sum;
}

gsize
scope_model_weight_count (const ScopeModel *self)
{
  return self->map.weights->len;
}

const ScopeWeight *
scope_model_weight (const ScopeModel *self, gsize index)
{
  g_return_val_if_fail (index < self->map.weights->len, NULL);
  return g_ptr_array_index (self->map.weights, index);
}

const ScopeWeight *
scope_model_embedding (const ScopeModel *self)
{
  return self->map.embedding;
}

const ScopeWeight *
scope_model_head (const ScopeModel *self)
{
  return self->map.head;
}

const ScopeWeight *
scope_model_final_norm (const ScopeModel *self)
{
  return self->map.final_norm;
}

const ScopeWeight *
scope_model_final_norm_bias (const ScopeModel *self)
{
  return self->map.final_norm_bias;
}

const ScopeBlockWeights *
scope_model_block (const ScopeModel *self, gsize index)
{
  g_return_val_if_fail (index < self->config.shared.blocks, NULL);
  return &self->map.blocks[index];
}

const ScopeLayerWeights *
scope_model_layer (const ScopeModel *self, gsize layer)
{
  g_return_val_if_fail (layer < self->config.n_layer, NULL);
  return &self->map.layers[layer];
}

const ScopeTokenizer *
scope_model_tokenizer (const ScopeModel *self)
{
  return self->tokenizer;
}

const GError *
scope_model_tokenizer_error (const ScopeModel *self)
{
  return self->tokenizer_error;
}
