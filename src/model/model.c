#include "model/model.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "model/checkpoint.h"

#define MAX_CONFIG ((gsize)1 << 24)

struct _ScopeModel {
  gatomicrefcount references;
  char *folder, *name;
  char *config_text;
  gsize config_length;
  ScopeConfig config;
  ScopeCheckpoint *checkpoint;
  GPtrArray *weights; /* (element-type ScopeWeight), borrowed: each tensor in use, once */
  const ScopeWeight *embedding, *head, *final_norm, *final_norm_bias;
  ScopeLayerWeights *layers;
  ScopeBlockWeights *blocks; /* config.shared.blocks */
  ScopeTokenizer *tokenizer;
  GMutex hash_lock;
  char *hash;
};

/* What one tensor must look like. */
typedef struct {
  gboolean wanted;
  gsize place; /* of its pointer in ScopeLayerWeights */
  const char *name;
  gsize rows, middle, columns; /* MIDDLE and COLUMNS are 0 where the tensor has fewer dimensions */
} TensorSpec;

static char *
describe_shape (const gsize *shape, guint rank)
{
  GString *text = g_string_new ("(");
  for (guint i = 0; i < rank; i++)
    g_string_append_printf (text, "%s%" G_GSIZE_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

static const ScopeWeight *
take_weight (ScopeModel *self, const char *name, const TensorSpec *spec, GError **error)
{
  const ScopeWeight *weight = scope_checkpoint_get (self->checkpoint, name, error);
  if (weight == NULL)
    return NULL;
  gsize shape[3], rank = 0;
  shape[rank++] = spec->rows;
  if (spec->middle > 0)
    shape[rank++] = spec->middle;
  if (spec->columns > 0)
    shape[rank++] = spec->columns;
  if (weight->rank != rank || memcmp (weight->shape, shape, rank * sizeof *shape) != 0) {
    g_autofree char *expected = describe_shape (shape, (guint)rank);
    g_autofree char *found = describe_shape (weight->shape, weight->rank);
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "%s: tensor %s: expected shape %s, found %s",
                     scope_checkpoint_file (self->checkpoint, name), name, expected, found);
    return NULL;
  }
  g_ptr_array_add (self->weights, (gpointer)weight);
  return weight;
}

#define PLACE(field) G_STRUCT_OFFSET (ScopeLayerWeights, field)

static gboolean
take_layer (ScopeModel *self, gsize layer, GError **error)
{
  const ScopeConfig *c = &self->config;
  gboolean s6 = c->family == SCOPE_FAMILY_MAMBA, ssd = !s6;
  gsize projection = scope_config_projection (c), lanes = scope_config_conv_lanes (c);
  const TensorSpec specs[] = {
    { TRUE, PLACE (norm), "norm.weight", c->d_model, 0, 0 },
    { TRUE, PLACE (in_proj), "mixer.in_proj.weight", projection, 0, c->d_model },
    { c->use_bias, PLACE (in_proj_bias), "mixer.in_proj.bias", projection, 0, 0 },
    { TRUE, PLACE (conv), "mixer.conv1d.weight", lanes, 1, c->d_conv },
    { c->use_conv_bias, PLACE (conv_bias), "mixer.conv1d.bias", lanes, 0, 0 },
    { s6, PLACE (x_proj), "mixer.x_proj.weight", c->dt_rank + 2 * c->d_state, 0, c->d_inner },
    { s6, PLACE (dt_proj), "mixer.dt_proj.weight", c->d_inner, 0, c->dt_rank },
    { s6, PLACE (dt_bias), "mixer.dt_proj.bias", c->d_inner, 0, 0 },
    { s6, PLACE (a_log), "mixer.A_log", c->d_inner, 0, c->d_state },
    { ssd, PLACE (dt_bias), "mixer.dt_bias", c->channels, 0, 0 },
    { ssd, PLACE (a_log), "mixer.A_log", c->channels, 0, 0 },
    { TRUE, PLACE (d), "mixer.D", c->channels, 0, 0 },
    { ssd, PLACE (gate_norm), "mixer.norm.weight", c->d_inner, 0, 0 },
    { TRUE, PLACE (out_proj), "mixer.out_proj.weight", c->d_model, 0, c->d_inner },
    { c->use_bias, PLACE (out_proj_bias), "mixer.out_proj.bias", c->d_model, 0, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++) {
    if (!specs[i].wanted)
      continue;
    g_autofree char *name
        = g_strdup_printf ("backbone.layers.%" G_GSIZE_FORMAT ".%s", layer, specs[i].name);
    const ScopeWeight *weight = take_weight (self, name, &specs[i], error);
    if (weight == NULL)
      return FALSE;
    G_STRUCT_MEMBER (const ScopeWeight *, &self->layers[layer], specs[i].place) = weight;
  }
  return TRUE;
}

static gboolean
take_weights (ScopeModel *self, GError **error)
{
  const ScopeConfig *c = &self->config;
  const TensorSpec table = { .rows = c->vocab_size, .columns = c->d_model };
  const TensorSpec norm = { .rows = c->d_model };
  /* The original release's name; Hugging Face's is the one that an error should show. */
  gboolean original = scope_checkpoint_has (self->checkpoint, "backbone.embedding.weight");
  self->embedding = take_weight (
      self, original ? "backbone.embedding.weight" : "backbone.embeddings.weight", &table, error);
  if (self->embedding == NULL)
    return FALSE;
  self->head
      = c->tie_embeddings ? self->embedding : take_weight (self, "lm_head.weight", &table, error);
  if (self->head == NULL)
    return FALSE;
  self->final_norm = take_weight (self, "backbone.norm_f.weight", &norm, error);
  if (self->final_norm == NULL)
    return FALSE;
  self->layers = g_try_new0 (ScopeLayerWeights, c->n_layer);
  if (self->layers == NULL) {
    scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
                     "%s: %" G_GSIZE_FORMAT " layers do not fit in memory", self->folder,
                     c->n_layer);
    return FALSE;
  }
  for (gsize layer = 0; layer < c->n_layer; layer++)
    if (!take_layer (self, layer, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_numbers (ScopeModel *self, ScopeProgress *progress, GError **error)
{
  for (guint i = 0; i < self->weights->len; i++) {
    const ScopeWeight *weight = g_ptr_array_index (self->weights, i);
    if (!scope_progress_check (progress, (double)i / self->weights->len, "checking weights", error))
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

static gboolean
open_tokenizer (ScopeModel *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, "tokenizer.json", NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  self->tokenizer = scope_tokenizer_open (path, error);
  return self->tokenizer != NULL;
}

static gboolean
open_checkpoint (ScopeModel *self, GError **error)
{
  self->checkpoint = scope_checkpoint_open (self->folder, error);
  return self->checkpoint != NULL;
}

/* The folder's last part, also of "models/x/" and ".". */
static char *
folder_name (const char *folder)
{
  g_autofree char *full = g_canonicalize_filename (folder, NULL);
  return g_path_get_basename (full);
}

ScopeModel *
scope_model_open (const char *folder, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeModel) self = g_new0 (ScopeModel, 1);
  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->hash_lock);
  self->folder = g_strdup (folder);
  self->name = folder_name (folder);
  self->weights = g_ptr_array_new ();
  if (!open_config (self, error) || !open_tokenizer (self, error)
      || !open_checkpoint (self, error) || !take_weights (self, error) || !check_numbers (self, progress, error))
    return NULL;
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
  g_ptr_array_unref (self->weights);
  g_clear_pointer (&self->checkpoint, scope_checkpoint_free);
  g_mutex_clear (&self->hash_lock);
  g_free (self->layers);
  g_free (self->blocks);
  g_free (self->config_text);
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
compute_hash (const ScopeModel *self)
{
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, (const guchar *)self->config_text, (gssize)self->config_length);
  scope_checkpoint_update_hash (self->checkpoint, checksum);
  char *hash = g_strdup (g_checksum_get_string (checksum));
  g_checksum_free (checksum);
  return hash;
}

const char *
scope_model_hash (ScopeModel *self)
{
  g_mutex_lock (&self->hash_lock);
  if (self->hash == NULL)
    self->hash = compute_hash (self);
  g_mutex_unlock (&self->hash_lock);
  return self->hash;
}

guint64
scope_model_parameters (const ScopeModel *self)
{
  guint64 sum = 0;
  for (guint i = 0; i < self->weights->len; i++)
    sum += ((const ScopeWeight *)g_ptr_array_index (self->weights, i))->count;
  return sum;
}

guint64
scope_model_bytes (const ScopeModel *self)
{
  guint64 sum = 0;
  for (guint i = 0; i < self->weights->len; i++) {
    const ScopeWeight *weight = g_ptr_array_index (self->weights, i);
    sum += weight->count * scope_dtype_size (weight->dtype);
  }
  return sum;
}

const ScopeWeight *
scope_model_embedding (const ScopeModel *self)
{
  return self->embedding;
}

const ScopeWeight *
scope_model_head (const ScopeModel *self)
{
  return self->head;
}

const ScopeWeight *
scope_model_final_norm (const ScopeModel *self)
{
  return self->final_norm;
}

const ScopeWeight *
scope_model_final_norm_bias (const ScopeModel *self)
{
  return self->final_norm_bias;
}

const ScopeBlockWeights *
scope_model_block (const ScopeModel *self, gsize index)
{
  g_return_val_if_fail (index < self->config.shared.blocks, NULL);
  return &self->blocks[index];
}

const ScopeLayerWeights *
scope_model_layer (const ScopeModel *self, gsize layer)
{
  g_return_val_if_fail (layer < self->config.n_layer, NULL);
  return &self->layers[layer];
}

const ScopeTokenizer *
scope_model_tokenizer (const ScopeModel *self)
{
  return self->tokenizer;
}
